package scopehttp

import "time"

// AnswerTime sets what requests get to answer between the end of their context
// and the end of their connection.
func AnswerTime(d time.Duration) Option { return optionFunc(func(o *options) { o.answer = d }) }
