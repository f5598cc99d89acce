package crt571sim

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
)

// FuzzUnit feeds bytes to a unit with a card: it must take them all, and the card is in
// one place.
func FuzzUnit(f *testing.F) {
	f.Add([]byte{0xF2, 0, 0, 3, 0x43, 0x30, 0x33, 3, 0xB2, 6})
	f.Fuzz(func(t *testing.T, data []byte) {
		synctest.Test(t, func(t *testing.T) {
			u := New(Options{Person: Person{Takes: true}})
			u.m.gate = true
			if err := u.Insert(Object{ID: "card", Kind: Card, ATR: []byte{0x3B, 0}}); err != nil {
				t.Fatal(err)
			}
			near, err := u.Open(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			go io.Copy(io.Discard, near)
			near.Write(data)
			synctest.Wait()
			near.Close()
			u.serving <- struct{}{} // until it has ended
			s := u.State()
			n := len(s.Bin) + len(s.Taken)
			if s.Card != nil {
				n++
			}
			if n != 1 || s.Moving {
				t.Fatalf("the card is in %d places: %+v", n, s)
			}
		})
	})
}
