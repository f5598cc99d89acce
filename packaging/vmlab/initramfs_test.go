//go:build vmlab

package vmlab

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"regexp"
)

// archive is a file system in the format of cpio's "newc", which the kernel
// unpacks as its root. It is not compressed: unpacking is slower than loading.
type archive struct {
	bytes   []byte
	entries int
}

func (a *archive) add(name string, mode uint32, data []byte) {
	a.entries++
	a.bytes = fmt.Appendf(a.bytes, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\x00",
		a.entries, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name)+1, 0, name)
	a.pad()
	a.bytes = append(a.bytes, data...)
	a.pad()
}

func (a *archive) pad() {
	for len(a.bytes)%4 != 0 {
		a.bytes = append(a.bytes, 0)
	}
}

// file adds a file, and before it the folders that lead to it.
func (a *archive) file(name string, data []byte, folders map[string]bool) {
	a.folder(path.Dir(name), folders)
	a.add(name[1:], 0o100755, data)
}

func (a *archive) folder(name string, done map[string]bool) {
	if name == "/" || done[name] {
		return
	}
	a.folder(path.Dir(name), done)
	done[name] = true
	a.add(name[1:], 0o040755, nil)
}

var library = regexp.MustCompile(`/\S+`)

// initramfs has the guest's program as its only program, with its libraries, and
// the modules in the order in which they are to be loaded.
func initramfs(program string, modules []module) ([]byte, error) {
	a, folders := &archive{}, map[string]bool{}
	data, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	a.file("/init", data, folders)
	libraries, err := output(exec.Command("ldd", program))
	if err != nil {
		return nil, err
	}
	for _, name := range library.FindAllString(string(libraries), -1) {
		if data, err = os.ReadFile(name); err != nil {
			return nil, err
		}
		a.file(name, data, folders)
	}
	for i, m := range modules {
		a.file(fmt.Sprintf("/modules/%02d-%s", i, m.name), m.data, folders)
	}
	a.add("TRAILER!!!", 0, nil)
	return a.bytes, nil
}
