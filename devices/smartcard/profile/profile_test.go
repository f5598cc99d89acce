package profile_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"murur/devices/smartcard"
	"murur/devices/smartcard/cardsim"
	"murur/devices/smartcard/ccid"
	"murur/devices/smartcard/ccidsim"
	"murur/devices/smartcard/profile"
	"murur/devices/smartcard/smartcardtest"
	"murur/devices/transport"
	"murur/devices/transport/usbpipe"
)

var (
	fahad    = smartcardtest.Fahad
	errDigit = errors.New("the last digit does not fit the others")
	now      = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
)

// checks are the rules of the tests: Fahad's number is the only right one.
func checks(now time.Time) profile.Checks {
	return profile.Checks{
		CivilNumber: func(n string) error {
			if n != fahad.CivilNumber {
				return errDigit
			}
			return nil
		},
		Now:              now,
		AllowDevelopment: true,
	}
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func load(t *testing.T, text string) profile.Set {
	t.Helper()
	s, err := profile.Load(fstest.MapFS{"test.toml": {Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func developmentSet(t *testing.T) profile.Set {
	t.Helper()
	s, err := profile.Load(profile.Development())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// read puts c into a simulated reader and reads it through the driver.
func read(t *testing.T, s profile.Set, c *cardsim.Card, rules profile.Checks) (profile.Holder, error) {
	return with(t, c, func(ctx context.Context, card smartcard.Card) (profile.Holder, error) {
		return s.Read(ctx, card, rules)
	})
}

// with powers c in a simulated reader and gives it to f.
func with(t *testing.T, c *cardsim.Card, f func(context.Context, smartcard.Card) (profile.Holder, error)) (h profile.Holder, err error) {
	synctest.Test(t, func(t *testing.T) {
		sim := ccidsim.New(ccidsim.Options{})
		if err := sim.Insert(c); err != nil {
			t.Fatal(err)
		}
		r := ccid.New(func(context.Context) (transport.Pipes, error) { return sim.Pipes() }, ccid.Options{})
		defer r.Close()
		card, e := r.Connect(t.Context())
		if e != nil {
			err = e
			return
		}
		h, err = f(t.Context(), card)
	})
	return h, err
}

func TestReadDevelopmentCard(t *testing.T) {
	got, err := read(t, developmentSet(t), cardsim.CivilID(fahad), checks(now))
	if err != nil {
		t.Fatal(err)
	}
	want := profile.Holder{
		CivilNumber: "288012098012", NameAr: "فهد سالم", NameEn: "FAHAD SALEM",
		Birth:  time.Date(1988, 1, 20, 0, 0, 0, 0, time.UTC),
		Expiry: time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC),
		// what a screen must show a banner for
		Profile: "development 2", Development: true,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReadRefuses(t *testing.T) {
	with := func(change func(*cardsim.Person)) cardsim.Person { p := fahad; change(&p); return p }
	for name, c := range map[string]struct {
		card *cardsim.Card
		want error
	}{
		"driving licence":   {cardsim.DrivingLicence(), profile.ErrDrivingLicence},
		"bank card":         {cardsim.BankCard(), profile.ErrUnknownCard},
		"same platform":     {cardsim.New(cardsim.Description{ATR: unhex(cardsim.CivilIDATR)}), profile.ErrUnknownCard},
		"garbage":           {cardsim.CivilID(fahad, cardsim.Garbage), profile.ErrUnreadable},
		"truncated":         {cardsim.CivilID(fahad, cardsim.Truncated), profile.ErrUnreadable},
		"wrong check digit": {cardsim.CivilID(with(func(p *cardsim.Person) { p.CivilNumber = "288012098011" })), errDigit},
		"another birth":     {cardsim.CivilID(with(func(p *cardsim.Person) { p.Birth = now })), profile.ErrUnreadable},
		"no expiry":         {cardsim.CivilID(with(func(p *cardsim.Person) { p.Expiry = time.Time{} })), profile.ErrUnreadable},
		"name not UTF-8":    {cardsim.CivilID(with(func(p *cardsim.Person) { p.NameAr = "\xE1\xE7" })), profile.ErrUnreadable},
		"escape in name":    {cardsim.CivilID(with(func(p *cardsim.Person) { p.NameEn = "A\x1b[2J" })), profile.ErrUnreadable},
		"expired":           {cardsim.CivilID(with(func(p *cardsim.Person) { p.Expiry = now.AddDate(0, 0, -1) })), profile.ErrExpired},
		"pulled":            {cardsim.CivilID(fahad, cardsim.PulledAfter(2)), smartcard.ErrRemoved},
		"mute":              {cardsim.CivilID(fahad, cardsim.Mute), smartcard.ErrMute},
		"no such file":      {cardsim.CivilID(fahad, cardsim.Answers(2, 0x6A82)), profile.ErrUnreadable},
		"SELECT fails":      {cardsim.CivilID(fahad, cardsim.Answers(1, 0x6985)), profile.ErrUnreadable},
		"READ fails":        {cardsim.CivilID(fahad, cardsim.Answers(3, 0x6982)), profile.ErrUnreadable},
		"very slow":         {cardsim.CivilID(fahad, cardsim.Slow(25*time.Second)), profile.ErrUnreadable},
	} {
		h, err := read(t, developmentSet(t), c.card, checks(now))
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if h != (profile.Holder{}) {
			t.Errorf("%s: data beside an error: %+v", name, h)
		}
	}
}

func TestLastDayOfValidity(t *testing.T) {
	kuwait := time.FixedZone("", 3*60*60)
	for at, want := range map[time.Time]error{
		time.Date(2030, 1, 31, 23, 59, 59, 0, kuwait): nil,
		time.Date(2030, 2, 1, 0, 0, 0, 0, kuwait):     profile.ErrExpired,
	} {
		if _, err := read(t, developmentSet(t), cardsim.CivilID(fahad), checks(at)); !errors.Is(err, want) {
			t.Errorf("%v: %v", at, err)
		}
	}
}

// A check needs what it compares: a card that leaves it out does not pass.
func TestChecksNeedTheirField(t *testing.T) {
	for _, tag := range []string{"E1/C4", "E1/C5"} {
		if h, err := read(t, load(t, variant(t, tag, "E1/C9")), cardsim.CivilID(fahad), checks(now)); !errors.Is(err, profile.ErrUnreadable) {
			t.Errorf("without %s: %+v, %v", tag, h, err)
		}
	}
}

func TestDevelopmentMustBeAllowed(t *testing.T) {
	c := checks(now)
	c.AllowDevelopment = false
	if h, err := read(t, developmentSet(t), cardsim.CivilID(fahad), c); !errors.Is(err, profile.ErrUnknownCard) {
		t.Errorf("got %+v, %v", h, err)
	}
}

// variant is the development profile with replaced texts.
func variant(t *testing.T, pairs ...string) string {
	t.Helper()
	b, err := os.ReadFile("development.toml")
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("development.toml has no %q", pairs[i])
		}
		s = strings.Replace(s, pairs[i], pairs[i+1], 1)
	}
	return s
}

func TestWaysToRead(t *testing.T) {
	long := fahad
	long.NameEn = strings.Repeat("VERY LONG NAME ", 30)
	fixed := []string{
		`layout = "ber-tlv", charset = "utf-8"`, `layout = "fixed", charset = "iso-8859-6"`,
		`path = ["0101"]`, `path = ["0102"]`, `tag = "E1/C1"`, `offset = 0, length = 12`,
		`tag = "E1/C2", type = "text"`, `offset = 12, length = 40, type = "text", trim = ["space"]`,
		`{ name = "name_en", from = "holder", tag = "E1/C3", type = "text" },`, ``,
		`tag = "E1/C4", type = "date-bcd"`, `offset = 52, length = 8, type = "date-ascii"`,
		`{ name = "expiry_date", from = "holder", tag = "E1/C5", type = "date-bcd" },`, ``,
		`tag = "E1/C6"`, `offset = 60, length = 3`, `tag = "E1/C7"`, `offset = 63, length = 1`, `, "not-expired"`, ``,
	}
	for name, c := range map[string]struct {
		change []string
		card   *cardsim.Card
		nameEn string
	}{
		"by short identifier": {[]string{`path = ["0101"], read = "binary"`, `sfi = 1, read = "binary-sfi"`}, cardsim.CivilID(fahad), fahad.NameEn},
		"small chunks":        {[]string{`max = 1024`, `max = 1024, chunk = 10`}, cardsim.CivilID(fahad), fahad.NameEn},
		"chunks fill it":      {[]string{`max = 1024`, `max = 78, chunk = 39`}, cardsim.CivilID(fahad), fahad.NameEn},
		"short reads":         {nil, cardsim.CivilID(fahad, cardsim.ShortReads), fahad.NameEn},
		"long file":           {nil, cardsim.CivilID(long), long.NameEn},
		"template and 61xx":   {[]string{`p2 = "0C"`, `p2 = "00"`}, cardsim.CivilID(fahad), fahad.NameEn},
		"fixed fields":        {fixed, cardsim.CivilID(fahad), ""},
		"fixed, chunks fit":   {append(fixed, `max = 1024`, `max = 1024, chunk = 32`), cardsim.CivilID(fahad), ""},
		"padded file":         {nil, padded(t), fahad.NameEn},
	} {
		h, err := read(t, load(t, variant(t, c.change...)), c.card, checks(now))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if h.NameAr != fahad.NameAr || h.NameEn != c.nameEn {
			t.Errorf("%s: %+v", name, h)
		}
	}
	for name, change := range map[string]string{
		"longer than max":   `max = 77`,
		"too many commands": `max = 1024, chunk = 1`,
	} {
		set := load(t, variant(t, `max = 1024`, change))
		if _, err := read(t, set, cardsim.CivilID(long), checks(now)); !errors.Is(err, profile.ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// padded is a card whose holder's object lies in a file of 2000 bytes, which is
// longer than the profile allows to read.
func padded(t *testing.T) *cardsim.Card {
	t.Helper()
	object := unhex("E128C10C323838303132303938303132C20FD981D987D8AF20D8B3D8A7D984D985C30B46414841442053414C454DC40419880120C50420300131")
	object[1] = byte(len(object) - 2)
	return cardsim.New(cardsim.Description{
		ATR: unhex(cardsim.CivilIDATR),
		Applications: []cardsim.Application{{
			AID:   unhex("F04B5744455601"),
			Files: []cardsim.File{{ID: 0x0101, Data: append(object, bytes.Repeat([]byte{0xFF}, 2000)...)}},
		}},
	})
}

func TestLoadOrder(t *testing.T) {
	set, err := profile.Load(profile.Development(), fstest.MapFS{
		"20-new.toml": {Data: []byte(variant(t, `id = "development"`, `id = "new"`, `kind = "development"`, `kind = "production"`))},
		"10-old.toml": {Data: []byte(variant(t, `id = "development"`, `id = "old"`, `kind = "development"`, `kind = "production"`,
			`F04B5744455601`, `F04B5744455602`))},
		"notes.txt": {Data: []byte("not a profile")},
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range set.Profiles() {
		ids = append(ids, p.ID)
	}
	if d := cmp.Diff([]string{"old", "new", "development"}, ids); d != "" {
		t.Error(d)
	}
	// The first has another application, so the second is used.
	h, err := read(t, set, cardsim.CivilID(fahad), checks(now))
	if err != nil || h.Profile != "new 2" || h.Development {
		t.Errorf("%+v, %v", h, err)
	}
	if _, err := profile.Load(profile.Development(), profile.Development()); err == nil {
		t.Error("the same id twice is accepted")
	}
}

// What it takes to power a card and read its holder, driver and simulated reader
// in two ends of a socket, without the waiting for the contacts.
func BenchmarkHolder(b *testing.B) {
	path := filepath.Join(b.TempDir(), "reader")
	l, err := net.Listen("unix", path)
	if err != nil {
		b.Fatal(err)
	}
	sim := ccidsim.New(ccidsim.Options{})
	sim.Insert(cardsim.CivilID(fahad))
	ctx, cancel := context.WithCancel(b.Context())
	served := make(chan error)
	go func() { served <- usbpipe.Serve(ctx, l, sim.Pipes) }()
	r := ccid.New(usbpipe.Open(path), ccid.Options{})
	set, err := profile.Load(profile.Development())
	if err != nil {
		b.Fatal(err)
	}
	for s := range r.Watch(ctx) {
		if s == smartcard.SlotOccupied {
			break
		}
	}
	for b.Loop() {
		card, err := r.Connect(ctx)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := set.Read(ctx, card, checks(now)); err != nil {
			b.Fatal(err)
		}
		card.Close()
	}
	r.Close()
	cancel()
	<-served
}
