package profile

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// ErrSignature refuses a profile whose signature is missing or wrong.
var ErrSignature = errors.New("card profile is not signed by the operator")

// Installed loads what a kiosk reads cards with: the profiles of the operator's folder, if
// one is named, signed with the key in hexadecimal, and the development one, with which a
// kiosk in the field refuses to read.
func Installed(folder, key string) (Set, error) {
	if folder == "" {
		return Load(Development())
	}
	public, err := hex.DecodeString(key)
	if err != nil {
		return Set{}, fmt.Errorf("cannot read the key of card profiles: %w", err)
	}
	return Load(Signed(os.DirFS(folder), public), Development())
}

// Signed gives out the files of dir only when the detached signature beside each is
// the operator's: civil-id.toml.sig has the Ed25519 signature of civil-id.toml, in
// base64. Example: Load(Signed(os.DirFS(dir), key)).
func Signed(dir fs.FS, key ed25519.PublicKey) fs.FS { return signed{dir, key} }

type signed struct {
	fs.FS
	key ed25519.PublicKey
}

func (s signed) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(s.FS, name)
	if err != nil {
		return nil, err
	}
	text, err := fs.ReadFile(s.FS, name+".sig")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	signature, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || !ed25519.Verify(s.key, data, signature) {
		return nil, fmt.Errorf("%w: %s does not fit", ErrSignature, name+".sig")
	}
	return data, nil
}
