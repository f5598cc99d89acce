package cardsim

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"slices"
	"time"

	"golang.org/x/text/encoding/charmap"
)

// Answers to reset that are in public lists.
const (
	CivilIDATR        = "3B6A00008065A20145013D72D643"
	DrivingLicenceATR = "3BFF9600008131FE4380318065B08504001112B19E8290003F"
	BlockATR          = "3B951381018073FF01000B" // of a T=1 card that takes 32 bytes in a block
	bankCardATR       = "3B6500002063CB6800"
)

// developmentAID names the application of the development card; F0 begins the
// range of names that nobody registers.
const developmentAID = "F04B5744455601"

// Person is the made-up holder of a card.
type Person struct {
	CivilNumber    string // written as it is, right or wrong
	NameAr, NameEn string
	Birth          time.Time // zero: the date in CivilNumber
	Expiry         time.Time // zero: no such field on the card
}

// expired is the person with a card that has expired.
func (p Person) expired() Person {
	p.Expiry = time.Date(2020, 12, 31, 0, 0, 0, 0, time.UTC)
	return p
}

// misnumbered is the person with a wrong check digit in the civil number.
func (p Person) misnumbered() Person {
	if n := []byte(p.CivilNumber); len(n) == 12 {
		n[11] = '0' + (n[11]-'0'+1)%10
		p.CivilNumber = string(n)
	}
	return p
}

// CivilID is the development card of a person.
func CivilID(p Person, faults ...Fault) *Card {
	return New(Description{
		ATR:          unhex(CivilIDATR),
		Applications: []Application{Development(p)},
	}, faults...)
}

// Development is the application of the development card.
func Development(p Person) Application {
	if p.Birth.IsZero() && len(p.CivilNumber) >= 7 && p.CivilNumber[0] >= '1' {
		century := 18 + int(p.CivilNumber[0]-'1')
		p.Birth, _ = time.Parse("20060102", fmt.Sprint(century)+p.CivilNumber[1:7])
	}
	return Application{
		AID: unhex(developmentAID),
		Files: []File{
			{ID: 0x0101, SFI: 1, Data: holder(p)},
			{ID: 0x0102, SFI: 2, Data: fixed(p)},
			{ID: 0x0103, SFI: 3, Records: [][]byte{arabic(charmap.Windows1256, "الكويت"), arabic(charmap.Windows1256, "قطعة 1")}},
			{ID: 0x0104, SFI: 4, Data: portrait()},
		},
	}
}

// DrivingLicence is a Kuwaiti driving licence put in by mistake: a T=1 card without
// any application that is publicly known.
func DrivingLicence(faults ...Fault) *Card {
	return New(Description{ATR: unhex(DrivingLicenceATR)}, faults...)
}

// BankCard is a bank's card without any application.
func BankCard(faults ...Fault) *Card {
	return New(Description{ATR: unhex(bankCardATR)}, faults...)
}

// Kind is a sort of card that a person may put in.
type Kind struct {
	Name  string // stable, for scripts
	Title string // for a person
	New   func(Person) *Card
}

// Kinds lists the cards for a panel or a script. Cards that name their holder are
// made out to the given person.
func Kinds() []Kind {
	civil := func(faults ...Fault) func(Person) *Card {
		return func(p Person) *Card { return CivilID(p, faults...) }
	}
	return []Kind{
		{"civil-id", "Civil ID", civil()},
		{"civil-id-expired", "Civil ID, expired", func(p Person) *Card {
			return CivilID(p.expired())
		}},
		{"civil-id-wrong-number", "Civil ID whose number has a wrong check digit", func(p Person) *Card {
			return CivilID(p.misnumbered())
		}},
		{"civil-id-garbage", "Civil ID with garbage in its files", civil(Garbage)},
		{"civil-id-truncated", "Civil ID with truncated files", civil(Truncated)},
		{"civil-id-pulled", "Civil ID pulled while it is read", civil(PulledAfter(2))},
		{"civil-id-slow", "Civil ID, slow", civil(Slow(1500 * time.Millisecond))},
		{"civil-id-mute", "Civil ID upside down", civil(Mute)},
		{"driving-licence", "Driving licence", func(Person) *Card { return DrivingLicence() }},
		{"bank-card", "Bank card", func(Person) *Card { return BankCard() }},
	}
}

// holder is the file of TLV fields.
func holder(p Person) []byte {
	var v []byte
	add := func(tag byte, value []byte) { v = append(v, object(tag, value)...) }
	add(0xC1, []byte(p.CivilNumber))
	add(0xC2, []byte(p.NameAr))
	add(0xC3, []byte(p.NameEn))
	add(0xC4, bcd(p.Birth))
	if !p.Expiry.IsZero() {
		add(0xC5, bcd(p.Expiry))
	}
	add(0xC6, []byte("KWT"))
	add(0xC7, []byte("M"))
	add(0xC8, []byte("DEV0000001"))
	return object(0xE1, v)
}

// fixed is the file of fixed fields: number 12, name 40, birth 8, nationality 3, sex 1.
func fixed(p Person) []byte {
	return slices.Concat(padded([]byte(p.CivilNumber), 12), padded(arabic(charmap.ISO8859_6, p.NameAr), 40),
		[]byte(p.Birth.Format("20060102")), []byte("KWT"), []byte("M"))
}

// portrait is a picture in JPEG that takes several reads.
func portrait() []byte {
	p := image.NewGray(image.Rect(0, 0, 48, 64))
	for i := range p.Pix {
		p.Pix[i] = byte(i * i / 48)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p, nil); err != nil {
		panic(err) // it is the same picture every time
	}
	return b.Bytes()
}

// padded is b cut or filled with spaces to n bytes.
func padded(b []byte, n int) []byte {
	return append(b, bytes.Repeat([]byte{' '}, n)...)[:n]
}

// arabic writes s in an eight-bit set; what the set has not becomes a question mark.
func arabic(set *charmap.Charmap, s string) []byte {
	var b []byte
	for _, r := range s {
		c, ok := set.EncodeRune(r)
		if !ok {
			c = '?'
		}
		b = append(b, c)
	}
	return b
}

func bcd(t time.Time) []byte { return unhex(t.Format("20060102")) }

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // a constant of this file
	}
	return b
}
