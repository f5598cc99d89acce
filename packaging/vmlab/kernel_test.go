//go:build vmlab

package vmlab

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// kernel is an unpacked Debian kernel.
type kernel struct {
	image   string            // to start: an ELF file where one can be had
	modules map[string]string // file of each module; "" for one that is built in
}

// fetchKernel unpacks Debian's present kernel in the user's cache, once for each
// version. Without network an older one that is there will do.
func fetchKernel() (*kernel, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	cache = filepath.Join(cache, "murur-vmlab")
	name, err := present()
	if err == nil {
		err = unpack(cache, name)
	}
	if err == nil {
		return openKernel(filepath.Join(cache, name))
	}
	if older, _ := filepath.Glob(filepath.Join(cache, "linux-image-*")); len(older) > 0 {
		return openKernel(slices.Max(older))
	}
	return nil, fmt.Errorf("cannot get a kernel: %w", err)
}

// present is the package that linux-image-amd64 stands for today.
func present() (string, error) {
	out, err := output(exec.Command("apt-cache", "depends", "linux-image-amd64"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(out)) {
		if _, name, ok := strings.Cut(line, "Depends: "); ok {
			return strings.TrimSpace(name), nil
		}
	}
	return "", errors.New("apt knows no linux-image-amd64; does it need apt-get update?")
}

// unpack fetches the package and keeps what is needed of it. The folder gets its
// name last, so that it is whole or not there.
func unpack(cache, name string) error {
	if _, err := os.Stat(filepath.Join(cache, name)); err == nil {
		return nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(cache, "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	download := exec.Command("apt-get", "--quiet=2", "download", name)
	download.Dir = dir
	if _, err := output(download); err != nil {
		return err
	}
	keep := exec.Command("bash", "-c", `set -euo pipefail
		dpkg-deb --fsys-tarfile ./*.deb | tar --extract --wildcards './boot/vmlinuz-*' '*/modules.builtin' '*/kernel/drivers/usb/*' '*/kernel/fs/configfs/*'
		rm ./*.deb`)
	keep.Dir = dir
	if _, err := output(keep); err != nil {
		return err
	}
	compressed, err := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*"))
	if err != nil || len(compressed) != 1 {
		return fmt.Errorf("%d kernels in %s", len(compressed), name)
	}
	if image, err := decompress(compressed[0]); err == nil { // else the compressed one is started, which is slower
		if err := os.WriteFile(filepath.Join(dir, "vmlinux"), image, 0o644); err != nil {
			return err
		}
	}
	older, _ := filepath.Glob(filepath.Join(cache, "linux-image-*"))
	for _, o := range older {
		os.RemoveAll(o)
	}
	return os.Rename(dir, filepath.Join(cache, name))
}

// decompress takes the ELF file out of a bzImage. Started through its PVH entry it
// saves the machine from decompressing it, which takes seconds in emulation.
// The format is that of Documentation/arch/x86/boot.rst.
func decompress(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if len(b) < 0x250 || string(b[0x202:0x206]) != "HdrS" || binary.LittleEndian.Uint16(b[0x206:]) < 0x0208 {
		return nil, errors.New("not a bzImage of boot protocol 2.08")
	}
	sectors := int(b[0x1F1])
	if sectors == 0 {
		sectors = 4
	}
	start := (sectors+1)*512 + int(binary.LittleEndian.Uint32(b[0x248:]))
	end := start + int(binary.LittleEndian.Uint32(b[0x24C:]))
	if start+8 > end || end > len(b) {
		return nil, errors.New("payload lies outside the file")
	}
	payload, size := b[start:end-4], binary.LittleEndian.Uint32(b[end-4:])
	tool := exec.Command("xz", "--decompress", "--stdout", "--single-stream")
	if bytes.HasPrefix(payload, []byte{0x28, 0xB5, 0x2F, 0xFD}) {
		tool = exec.Command("zstd", "--decompress", "--stdout")
	}
	tool.Stdin = bytes.NewReader(payload)
	image, err := output(tool)
	if err != nil {
		return nil, err
	}
	if len(image) != int(size) || !bytes.HasPrefix(image, []byte(elf.ELFMAG)) {
		return nil, errors.New("payload is no ELF file")
	}
	return image, nil
}

func openKernel(dir string) (*kernel, error) {
	k := &kernel{image: filepath.Join(dir, "vmlinux"), modules: map[string]string{}}
	if _, err := os.Stat(k.image); err != nil {
		images, _ := filepath.Glob(filepath.Join(dir, "boot", "vmlinuz-*"))
		k.image = strings.Join(images, "")
	}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Name() == "modules.builtin" {
			list, err := os.ReadFile(file)
			for line := range strings.Lines(string(list)) {
				k.modules[moduleName(line)] = ""
			}
			return err
		}
		if strings.Contains(d.Name(), ".ko") {
			k.modules[moduleName(file)] = file
		}
		return nil
	})
	return k, err
}

// moduleName is what the module of a file is called; files have - where names
// have _, now and then.
func moduleName(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), ".ko")
	return strings.ReplaceAll(name, "-", "_")
}

// module is a kernel module to load.
type module struct {
	name string
	data []byte
}

// load adds the named module to list, after all that it depends on.
func (k *kernel) load(list []module, name string) ([]module, error) {
	name = moduleName(name)
	if slices.ContainsFunc(list, func(m module) bool { return m.name == name }) {
		return list, nil
	}
	file, ok := k.modules[name]
	switch {
	case !ok:
		return nil, fmt.Errorf("the kernel %s has no module %s", k.image, name)
	case file == "": // built in
		return list, nil
	}
	data, err := moduleData(file)
	if err != nil {
		return nil, err
	}
	depends, err := dependencies(data)
	if err != nil {
		return nil, fmt.Errorf("module %s: %w", name, err)
	}
	for _, d := range depends {
		if list, err = k.load(list, d); err != nil {
			return nil, err
		}
	}
	return append(list, module{name, data}), nil
}

func moduleData(file string) ([]byte, error) {
	switch filepath.Ext(file) {
	case ".xz":
		return output(exec.Command("xz", "--decompress", "--stdout", file))
	case ".zst":
		return output(exec.Command("zstd", "--decompress", "--stdout", file))
	}
	return os.ReadFile(file)
}

// dependencies reads what a module says of itself.
func dependencies(data []byte) ([]string, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	section := f.Section(".modinfo")
	if section == nil {
		return nil, errors.New("no section .modinfo")
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(string(info), "\x00") {
		if list, ok := strings.CutPrefix(entry, "depends="); ok && list != "" {
			return strings.Split(list, ","), nil
		}
	}
	return nil, nil
}

// output runs a program; its complaint becomes the error.
func output(c *exec.Cmd) ([]byte, error) {
	var complaint bytes.Buffer
	c.Stderr = &complaint
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s", c.Args[0], err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out, nil
}
