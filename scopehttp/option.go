package scopehttp

import (
	"time"

	"github.com/rxscope/rxscope/scope"
)

// An Option configures a server. Of options that exclude each other the last
// one counts.
type Option interface{ apply(o *options) }

type optionFunc func(o *options)

func (f optionFunc) apply(o *options) { f(o) }

type options struct {
	task              []scope.TaskOption
	linger            time.Duration
	answer            time.Duration // what requests get between the ends of their context and their connection
	tls               bool
	certFile, keyFile string
}

// answerTime is less than what a scope gives its tasks when the time for the
// whole tree is over.
const answerTime = 50 * time.Millisecond

func newOptions(opts []Option) options {
	o := options{task: []scope.TaskOption{scope.Named("http")}, linger: 100 * time.Millisecond, answer: answerTime}
	for _, opt := range opts {
		if opt == nil {
			panic("scopehttp: an Option is nil")
		}
		opt.apply(&o)
	}
	return o
}

// Named gives the server's task a name, for errors and for the tree. It need
// not be unique. The default is "http".
func Named(name string) Option { return taskOption(scope.Named(name)) }

// EndsScope makes the scope close when the server's task has ended, see
// [scope.EndsScope]: a program that cannot accept any more is better started
// again. By default the scope goes on without the server.
func EndsScope() Option { return taskOption(scope.EndsScope()) }

func taskOption(t scope.TaskOption) Option {
	return optionFunc(func(o *options) { o.task = append(o.task, t) })
}

// Linger sets how long connections without a request stay open after the scope
// has begun to drain. A client may send a request on one just before it learns
// that it is closed, and cannot know then whether the request was served; a
// request that comes in this time is answered. The default is 100 ms. Zero
// closes them at once; a negative value keeps them until the clients close
// them or the drain time is over. No time passes if no connection is open.
func Linger(d time.Duration) Option { return optionFunc(func(o *options) { o.linger = d }) }

// TLS makes the server speak TLS, and HTTP/2 if the client wants to, as
// [http.Server.ServeTLS] does with the same arguments: both files may be "" if
// the TLSConfig of the server has a certificate. The default is to speak
// whatever the listener's connections do.
func TLS(certFile, keyFile string) Option {
	return optionFunc(func(o *options) { o.tls, o.certFile, o.keyFile = true, certFile, keyFile })
}
