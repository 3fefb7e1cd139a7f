// Report measures the workloads and prints a table of ratios.
//
//	go run -C benchmarks ./report [-rows REGEXP] [-rounds N] [-slice D] [-patience D]
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/rxscope/rxscope/benchmarks"
	"github.com/rxscope/rxscope/benchmarks/internal/duel"
)

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(out io.Writer, args []string) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	rows := flags.String("rows", "", "measure the workloads whose name matches this regular expression only")
	rounds := flags.Int("rounds", 11, "rounds that count, of each workload")
	slice := flags.Duration("slice", 25*time.Millisecond, "how long a contestant's turn in a round is, about")
	patience := flags.Duration("patience", 10*time.Second, "how long to wait for a quiet machine, for each workload")
	if err := flags.Parse(args); err != nil {
		return err
	}
	match, err := regexp.Compile(*rows)
	if err != nil {
		return fmt.Errorf("reading -rows: %w", err)
	}
	if *rounds < 1 || *slice <= 0 {
		return fmt.Errorf("-rounds is %d and -slice %v, want more than nothing", *rounds, *slice)
	}
	probe := duel.NewProbe()
	_, err = fmt.Fprintf(out, "%s %s/%s, GOMAXPROCS %d; rounds count with %.1f cores or more, now %.2f\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), probe.Quiet(), probe.Cores())
	if err != nil {
		return err
	}
	plan := duel.Plan{Rounds: *rounds, Slice: *slice, Patience: *patience, Machine: probe}
	return report(out, match, plan, benchmarks.Rows(), benchmarks.Holdings())
}

func report(out io.Writer, match *regexp.Regexp, plan duel.Plan, rows []duel.Row, holdings []duel.Holding) error {
	if err := duel.WriteHeader(out); err != nil {
		return err
	}
	measured := 0
	for _, row := range rows {
		if !match.MatchString(row.Name) {
			continue
		}
		result, err := duel.Measure(row, plan)
		if err != nil {
			return err
		}
		if err := result.Write(out); err != nil {
			return err
		}
		measured++
	}
	for _, h := range holdings {
		if !match.MatchString(h.Name) {
			continue
		}
		weights, err := duel.Weigh(h, min(plan.Rounds, 5))
		if err != nil {
			return err
		}
		if err := duel.WriteWeights(out, h, weights); err != nil {
			return err
		}
		measured++
	}
	if measured == 0 {
		return fmt.Errorf("no workload has a name that matches -rows %q", match)
	}
	return nil
}
