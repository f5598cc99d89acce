package evolis

import (
	"fmt"
	"strconv"
	"strings"

	"murur/devices"
	"murur/devices/cardprinter"
)

// StatusWords are the printer's flags as its maker's kit names them. How a printer
// is asked for them on the wire is not known to us; ParseStatusWords reads a text
// that brings them.
//
// Config, Info and Warning describe now; Error tells how the last job ended, and is
// taken as latched until the next job.
type StatusWords struct {
	Config, Info, Warning, Error uint32
	Ext                          [4]uint32
	Session                      uint16
}

// Word names one of the words.
type Word int

const (
	Config Word = iota
	Info
	Warning
	Error
	Ext1
	Ext2
	Ext3
	Ext4
)

// Flag is one bit of the words. Code is the fault that it means, if it means one.
type Flag struct {
	Word Word
	Mask uint32
	Name string
	Code string
}

// Flags are all that have a name, in each word from the one on which a person must
// act first.
var Flags = []Flag{
	{Error, 0x02000000, "COVER_OPEN", CoverOpen},
	{Error, 0x00000080, "FEEDER_OPEN", CoverOpen},
	{Error, 0x00000400, "REJECT_BOX_COVER_OPEN", CoverOpen},
	{Error, 0x01000000, "MECHANICAL", CardJam},
	{Error, 0x08000000, "FEEDER_ERROR", CardJam},
	{Error, 0x04000000, "RIBBON_ERROR", RibbonJam},
	{Error, 0x00200000, "RIBBON_ENDED", RibbonOut},
	{Error, 0x00400000, "BAD_RIBBON", RibbonWrong},
	{Error, 0x00800000, "REJECT_BOX_FULL", RejectBoxFull},
	{Error, 0x00100000, "HOPPER_FULL", HopperFull},
	{Error, 0x20000000, "HEAD_TEMP", HeadHot},
	{Error, 0x00004000, "RET_TEMPERATURE", HeadHot},
	{Error, 0x10000000, "NO_OPTION", Settings},
	{Error, 0x00008000, "FEATURE", Settings},
	{Error, 0x00080000, "BLANK_TRACK", PrinterError},
	{Error, 0x00040000, "MAGNETIC_DATA", PrinterError},
	{Error, 0x00020000, "READ_MAGNETIC", PrinterError},
	{Error, 0x00010000, "WRITE_MAGNETIC", PrinterError},
	{Error, 0x00002000, "CLEAR_ERROR", PrinterError},
	{Error, 0x00001000, "CLEAR_ENDED", PrinterError},
	{Error, 0x00000800, "BAD_CLEAR", PrinterError},
	{Error, 0x00000200, "CARD_ON_EJECT", CardStuck},
	{Error, 0x00000100, "NO_CARD_INSERTED", BlanksOut},
	{Error, 0x00000040, "INTERNAL_PRINTER", PrinterError},
	{Error, 0x00000001, "HARDWARE", PrinterError},

	{Warning, 0x00020000, "COVER_OPEN", CoverOpen},
	{Warning, 0x00000100, "FEEDER_OPEN", CoverOpen},
	{Warning, 0x00000400, "REJECT_BOX_COVER_OPEN", CoverOpen},
	{Warning, 0x01000000, "FEEDER_EMPTY", ""}, // supplies
	{Warning, 0x08000000, "REJECT_BOX_FULL", ""},
	{Warning, 0x00080000, "RIBBON_ENDED", RibbonOut},
	{Warning, 0x00010000, "NO_RIBBON", RibbonOut},
	{Warning, 0x00008000, "UNSUPPORTED_RIBBON", RibbonWrong},
	{Warning, 0x00100000, "HOPPER_FULL", HopperFull},
	{Warning, 0x00200000, "COOLING", HeadHot},
	{Warning, 0x80000000, "POWER_SUPPLY", PrinterError},
	{Warning, 0x00040000, "PRINTER_LOCKED", Settings},
	{Warning, 0x40000000, "REMOVE_RIBBON", RibbonWrong},
	{Warning, 0x10000000, "RECEPTACLE_OPEN", ""},
	{Warning, 0x04000000, "CARD_ON_EJECT", ""},
	{Warning, 0x02000000, "WAIT_CARD", ""},
	{Warning, 0x00002000, "NO_CLEAR", ""},
	{Warning, 0x00001000, "CLEAR_END", ""},
	{Warning, 0x00000800, "CLEAR_UNSUPPORTED", ""},
	{Warning, 0x00000200, "RIBBON_COMPATIBLE", ""},
	{Warning, 0x00000001, "EPS_NO_AUTO", ""},

	{Info, 0x00040000, "CLEANING_MANDATORY", Cleaning},
	{Info, 0x00000400, "WRONG_ZONE_RIBBON", RibbonWrong},
	{Info, 0x00000008, "WRONG_ZONE_EXPIRED", RibbonWrong},
	{Info, 0x80000000, "CLAIM", ""},
	{Info, 0x40000000, "CARD_HOPPER", ""},
	{Info, 0x20000000, "CARD_FEEDER", ""},
	{Info, 0x10000000, "CARD_FLIP", ""},
	{Info, 0x08000000, "CARD_CONTACTLESS", ""},
	{Info, 0x04000000, "CARD_SMART", ""},
	{Info, 0x02000000, "CARD_PRINT", ""},
	{Info, 0x01000000, "CARD_EJECT", ""},
	{Info, 0x00800000, "PRINTER_MASTER", ""},
	{Info, 0x00400000, "PCSVC_LOCKED", ""},
	{Info, 0x00200000, "SLEEP_MODE", ""},
	{Info, 0x00100000, "UNKNOWN_RIBBON", ""},
	{Info, 0x00080000, "RIBBON_LOW", ""},
	{Info, 0x00020000, "CLEANING", ""},
	{Info, 0x00010000, "RESET", ""},
	{Info, 0x00008000, "CLEAN_OUTWARRANTY", ""},
	{Info, 0x00004000, "CLEAN_LAST_OUTWARRANTY", ""},
	{Info, 0x00002000, "CLEAN_2ND_PASS", ""},
	{Info, 0x00001000, "READY_FOR_CLEANING", ""},
	{Info, 0x00000800, "CLEANING_ADVANCED", ""},
	{Info, 0x00000200, "RIBBON_CHANGED", ""},
	{Info, 0x00000100, "CLEANING_REQUIRED", ""},
	{Info, 0x00000080, "PRINTING_RUNNING", ""},
	{Info, 0x00000040, "ENCODING_RUNNING", ""},
	{Info, 0x00000020, "CLEANING_RUNNING", ""},
	{Info, 0x00000010, "WRONG_ZONE_ALERT", ""},
	{Info, 0x00000004, "SYNCH_PRINT_CENTER", ""},
	{Info, 0x00000002, "UPDATING_FIRMWARE", ""},
	{Info, 0x00000001, "BUSY", ""},

	{Config, 0x80000000, "X01", ""},
	{Config, 0x40000000, "X02", ""},
	{Config, 0x08000000, "EXTENSION_1", ""},
	{Config, 0x04000000, "S01", ""},
	{Config, 0x02000000, "X20", ""},
	{Config, 0x01000000, "KC200", ""},
	{Config, 0x00100000, "FLIP", ""},
	{Config, 0x00080000, "CONTACTLESS", ""},
	{Config, 0x00040000, "SMART", ""},
	{Config, 0x00020000, "MAGNETIC", ""},
	{Config, 0x00008000, "FEED_MANUALLY", ""},
	{Config, 0x00004000, "FEED_BY_CDE", ""},
	{Config, 0x00002000, "FEED_BY_FEEDER", ""},
	{Config, 0x00001000, "EJECT_REVERSE", ""},
	{Config, 0x00000100, "LOCK", ""},
	{Config, 0x00000020, "REJECT_SLOT", ""},
	{Config, 0x00000008, "MONO_ONLY", ""},
	{Config, 0x00000004, "KC100", ""},

	{Ext1, 0x80000000, "EXTENSION_2", ""},
	{Ext1, 0x40000000, "KIOSK", ""},
	{Ext1, 0x20000000, "QUANTUM", ""},
	{Ext1, 0x00000200, "CFG_BEZEL", ""},
	{Ext1, 0x00000100, "FEEDER_NEAR_EMPTY", ""},
	{Ext1, 0x00000080, "FEEDER1_EMPTY", ""},
	{Ext1, 0x00000040, "FEEDER2_EMPTY", ""},
	{Ext1, 0x00000020, "FEEDER3_EMPTY", ""},
	{Ext1, 0x00000010, "FEEDER4_EMPTY", ""},
	{Ext1, 0x00000008, "FEEDER1_NEAR_EMPTY", ""},
	{Ext1, 0x00000004, "FEEDER2_NEAR_EMPTY", ""},
	{Ext1, 0x00000002, "FEEDER3_NEAR_EMPTY", ""},
	{Ext1, 0x00000001, "FEEDER4_NEAR_EMPTY", ""},

	{Ext2, 0x80000000, "EXTENSION_3", ""},
	{Ext2, 0x04000000, "X08_FEEDER_OPEN", CoverOpen},
	{Ext2, 0x02000000, "X08_EJECTBOX_FULL", ""},
	{Ext2, 0x00010000, "CARD_REAR", ""},

	{Ext3, 0x00000004, "PHYSICAL_COVER_OPEN", CoverOpen}, // falls sooner than COVER_OPEN
	{Ext3, 0x80000000, "EXTENSION_4", ""},
	{Ext3, 0x08000000, "CARD_MAN_FEED", ""},
	{Ext3, 0x00020000, "BEZEL_CARD_OUTSIDE", ""},
	{Ext3, 0x00010000, "BEZEL_RE_INSERT", ""},
	{Ext3, 0x00008000, "BEZEL_EJECT", ""},
	{Ext3, 0x00004000, "BEZEL_INSERT", ""},
	{Ext3, 0x00000100, "REJECTBOX1_FULL", ""},
}

// ParseStatusWords reads hexadecimal words, separated by blanks, commas or
// semicolons: config, info, warning, error, up to four extensions of eight digits
// each, and the session of four. An extension counts only when the word before
// says that it is used.
func ParseStatusWords(text string) (StatusWords, error) {
	var w StatusWords
	fields := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ,;\t", r) })
	if len(fields) > 0 && len(fields[len(fields)-1]) == 4 {
		v, err := strconv.ParseUint(fields[len(fields)-1], 16, 16)
		if err != nil {
			return w, fmt.Errorf("cannot read status words: %w", err)
		}
		w.Session, fields = uint16(v), fields[:len(fields)-1]
	}
	if len(fields) < 4 || len(fields) > 8 {
		return StatusWords{}, fmt.Errorf("cannot read status words: %d words", len(fields))
	}
	for i, f := range fields {
		v, err := strconv.ParseUint(f, 16, 32)
		if err != nil || len(f) != 8 {
			return StatusWords{}, fmt.Errorf("cannot read status words: %q", f)
		}
		*w.word(Word(i)) = uint32(v)
	}
	used := w.Config&0x08000000 != 0
	for i := range w.Ext {
		if !used {
			w.Ext[i] = 0
		}
		used = used && w.Ext[i]&0x80000000 != 0
	}
	return w, nil
}

func (w *StatusWords) word(n Word) *uint32 {
	switch n {
	case Config:
		return &w.Config
	case Info:
		return &w.Info
	case Warning:
		return &w.Warning
	case Error:
		return &w.Error
	}
	return &w.Ext[n-Ext1]
}

// Has reports whether the flag of a word is set, by its name.
func (w StatusWords) Has(word Word, name string) bool {
	for _, f := range Flags {
		if f.Word == word && f.Name == name {
			return *w.word(word)&f.Mask != 0
		}
	}
	return false
}

// Set are the flags that are set, in the order of Flags.
func (w StatusWords) Set() []Flag {
	var set []Flag
	for _, f := range Flags {
		if *w.word(f.Word)&f.Mask != 0 {
			set = append(set, f)
		}
	}
	return set
}

// Fault is what a person must act on first; nil when nothing.
func (w StatusWords) Fault() *devices.Fault {
	for _, f := range w.Set() {
		if f.Code != "" {
			return fault(f.Code, "status word %s", f.Name)
		}
	}
	return nil
}

// Supplies are the levels that the words tell; what they do not tell is left out.
func (w StatusWords) Supplies() map[string]devices.Level {
	s := map[string]devices.Level{}
	if w.Ext[0]&0x10F != 0 {
		s[cardprinter.SupplyBlanks] = devices.LevelLow
	}
	if w.Has(Warning, "FEEDER_EMPTY") {
		s[cardprinter.SupplyBlanks] = devices.LevelOut
	}
	if w.Has(Info, "RIBBON_LOW") {
		s[cardprinter.SupplyRibbon] = devices.LevelLow
	}
	if w.Has(Warning, "RIBBON_ENDED") || w.Has(Warning, "NO_RIBBON") {
		s[cardprinter.SupplyRibbon] = devices.LevelOut
	}
	if w.Has(Warning, "REJECT_BOX_FULL") || w.Has(Error, "REJECT_BOX_FULL") || w.Has(Ext3, "REJECTBOX1_FULL") {
		s[cardprinter.SupplyRejectBox] = devices.LevelFull
	}
	return s
}
