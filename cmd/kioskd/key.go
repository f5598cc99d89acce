package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// sealKey is the key that seals personal data in the ledger: a systemd credential
// named seal-key (32 bytes) if there is one, otherwise a file beside the ledger that
// is made on the first start. The file is for development: who can read the ledger
// can read it too.
func sealKey(data string) ([32]byte, error) {
	var key [32]byte
	path := filepath.Join(data, "seal.key")
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		path = filepath.Join(dir, "seal-key")
	} else if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		rand.Read(key[:])
		if err := writeSynced(path, key[:]); err != nil {
			return key, fmt.Errorf("cannot make the sealing key: %w", err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return key, fmt.Errorf("cannot read the sealing key: %w", err)
	}
	if len(text) != len(key) {
		return key, fmt.Errorf("cannot use the sealing key: it has %d bytes, not %d", len(text), len(key))
	}
	return [32]byte(text), nil
}

// writeSynced writes a file that is there whole after a power cut, or not at all.
func writeSynced(path string, content []byte) error {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
