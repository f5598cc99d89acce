package t1

import (
	"errors"
	"fmt"
)

// PCB values. An I-block is below 80: its number is bit 40, "more follows" bit 20.
const (
	More     = 0x20 // in an I-block: the next one continues it
	number   = 0x40 // in an I-block: N(S)
	receive  = 0x80 // an R-block; N(R) is bit 10
	expected = 0x10
	EDCError = 0x01 // in an R-block: the check code of the last block was wrong
	BadBlock = 0x02 // in an R-block: something else was

	Resynch  = 0xC0 // S-blocks, as requests
	IFS      = 0xC1
	Abort    = 0xC2
	WTX      = 0xC3
	Response = 0x20 // in an S-block: it answers a request
)

// MaxInf is the longest information field.
const MaxInf = 254

// Errors of Decode.
var (
	ErrEDC   = errors.New("wrong check code")
	ErrBlock = errors.New("not a block")
)

// Block is a block without its check code. NAD is 00 here.
type Block struct {
	PCB byte
	Inf []byte
}

// I makes an information block with the number n, 0 or 1.
func I(n byte, more bool, inf []byte) Block {
	b := Block{n * number, inf}
	if more {
		b.PCB |= More
	}
	return b
}

// R makes a receive-ready block that asks for the block with the number n; why is
// 0, EDCError or BadBlock.
func R(n, why byte) Block { return Block{PCB: receive | n*expected | why} }

// IsI, IsR and IsS report the kind of block.
func (b Block) IsI() bool { return b.PCB&0x80 == 0 }
func (b Block) IsR() bool { return b.PCB&0xC0 == receive }
func (b Block) IsS() bool { return b.PCB&0xC0 == 0xC0 }

// N is the number N(S) of an I-block or N(R) of an R-block.
func (b Block) N() byte {
	if b.IsI() {
		return b.PCB >> 6 & 1
	}
	return b.PCB >> 4 & 1
}

// Encode writes the block with its check code, an LRC or a CRC.
func (b Block) Encode(crc bool) []byte {
	raw := append([]byte{0, b.PCB, byte(len(b.Inf))}, b.Inf...)
	return append(raw, edc(raw, crc)...)
}

// Decode reads one block. It may not be shorter or longer than it says. Errors: ErrBlock,
// ErrEDC; they tell the prologue, never what the card sent in the block.
func Decode(raw []byte, crc bool) (Block, error) {
	tail := 1
	if crc {
		tail = 2
	}
	if len(raw) < 3+tail || len(raw) != 3+int(raw[2])+tail {
		return Block{}, fmt.Errorf("%w: %d bytes", ErrBlock, len(raw))
	}
	end := len(raw) - tail
	if string(edc(raw[:end], crc)) != string(raw[end:]) {
		return Block{}, fmt.Errorf("%w: % X and %d bytes", ErrEDC, raw[:3], len(raw)-3)
	}
	b := Block{raw[1], raw[3:end]}
	if raw[0] != 0 || raw[2] > MaxInf || !b.valid() {
		return Block{}, fmt.Errorf("%w: % X", ErrBlock, raw[:3])
	}
	return b, nil
}

// valid reports whether the block is one that the standard knows.
func (b Block) valid() bool {
	switch {
	case b.IsI():
		return b.PCB&0x1F == 0 && (b.PCB&More == 0 || len(b.Inf) > 0)
	case b.IsR():
		return b.PCB&0x2C == 0 && b.PCB&3 != 3 && len(b.Inf) == 0
	}
	switch b.PCB &^ Response {
	case Resynch, Abort:
		return len(b.Inf) == 0
	case IFS:
		return len(b.Inf) == 1 && b.Inf[0] != 0 && b.Inf[0] <= MaxInf
	case WTX:
		return len(b.Inf) == 1 && b.Inf[0] != 0
	}
	return false
}

// edc is the check code of b.
func edc(b []byte, crc bool) []byte {
	if !crc {
		var x byte
		for _, v := range b {
			x ^= v
		}
		return []byte{x}
	}
	v := uint16(0xFFFF)
	for _, c := range b {
		v ^= uint16(c)
		for range 8 {
			carry := v & 1
			v >>= 1
			v ^= 0x8408 * carry // x^16 + x^12 + x^5 + 1, lowest bit first
		}
	}
	v = ^v
	return []byte{byte(v), byte(v >> 8)}
}
