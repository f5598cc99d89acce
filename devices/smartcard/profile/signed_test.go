package profile_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"testing"
	"testing/fstest"

	"murur/devices/smartcard/profile"
)

func TestSigned(t *testing.T) {
	public, private, _ := ed25519.GenerateKey(nil)
	other, _, _ := ed25519.GenerateKey(nil)
	text := []byte(variant(t))
	signature := []byte(base64.StdEncoding.EncodeToString(ed25519.Sign(private, text)) + "\n")
	for name, c := range map[string]struct {
		files fstest.MapFS
		key   ed25519.PublicKey
		ok    bool
	}{
		"signed":         {fstest.MapFS{"a.toml": {Data: text}, "a.toml.sig": {Data: signature}}, public, true},
		"not signed":     {fstest.MapFS{"a.toml": {Data: text}}, public, false},
		"changed":        {fstest.MapFS{"a.toml": {Data: append(text, '\n')}, "a.toml.sig": {Data: signature}}, public, false},
		"another's key":  {fstest.MapFS{"a.toml": {Data: text}, "a.toml.sig": {Data: signature}}, other, false},
		"no signature":   {fstest.MapFS{"a.toml": {Data: text}, "a.toml.sig": {}}, public, false},
		"for other file": {fstest.MapFS{"b.toml": {Data: text}, "a.toml.sig": {Data: signature}}, public, false},
	} {
		set, err := profile.Load(profile.Signed(c.files, c.key))
		if c.ok && (err != nil || len(set.Profiles()) != 1) || !c.ok && !errors.Is(err, profile.ErrSignature) {
			t.Errorf("%s: %v, %v", name, set.Profiles(), err)
		}
	}
}
