package stream_test

import (
	"slices"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

func TestFromSeqDeliversWhatItHasPulledWhenTheContextEndsMeanwhile(t *testing.T) {
	ctx, cut := cuttable(t)
	s := stream.FromSeq(func(yield func(int) bool) {
		cut()
		if yield(1) {
			t.Error("asked for another value after the context had ended")
		}
	})
	wantEvents(t, record(ctx, text(s)), "1", "!"+errCut.Error())
}

func TestSequenceThatEndsBecauseTheContextHasLooksCut(t *testing.T) {
	for name, source := range map[string]func(stop func()) stream.Stream[string]{
		"FromSeq": func(stop func()) stream.Stream[string] {
			return text(stream.FromSeq(func(func(int) bool) { stop() }))
		},
		"FromSeq2": func(stop func()) stream.Stream[string] {
			return text(stream.FromSeq2(func(func(int, error) bool) { stop() }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cut := cuttable(t)
			wantEvents(t, record(ctx, source(func() { cut() })), "!"+errCut.Error())
		})
	}
}

func TestFromSeqCleansUpBeforeTheCause(t *testing.T) {
	ctx, cut := cuttable(t)
	clean := false
	s := stream.FromSeq(func(yield func(int) bool) {
		defer func() { clean = true }()
		yield(1)
	})
	for _, err := range s.All(ctx) {
		cut()
		if err != nil && !clean {
			t.Error("the cause came before the sequence had cleaned up")
		}
	}
}

func TestFromSeqOfASingleUseIteratorGoesOn(t *testing.T) {
	next := 0
	s := text(stream.FromSeq(func(yield func(int) bool) {
		for next < 4 {
			next++
			if !yield(next) {
				return
			}
		}
	}))
	for range events(t.Context(), s) {
		break
	}
	wantEvents(t, record(t.Context(), s), "2", "3", "4")
}

func TestStreamSurvivesTheWayThroughAnIterator(t *testing.T) {
	src, _ := fromSeq2()
	want := show(record(t.Context(), src))
	wantEvents(t, record(t.Context(), stream.FromSeq2(src.All(t.Context()))), want...)

	ctx, cut := cuttable(t)
	var got []event
	for v, err := range stream.FromSeq2(src.All(ctx)).All(ctx) {
		cut()
		got = append(got, event{Value: v, Err: err})
	}
	wantEvents(t, got, append(slices.Clone(want[:1]), "!"+errCut.Error())...)
}
