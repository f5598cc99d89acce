package ledger

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

// The layout of a bbolt file, version 2, in the byte order of the machine. A page
// begins with id (8), flags (2), count (2) and the number of overflow pages (4).
const (
	pageHeader    = 16
	element       = 16 // of a branch or leaf page
	bucketHeader  = 16
	branchPage    = 0x01
	leafPage      = 0x02
	metaPage      = 0x04
	bucketElement = 0x01
	metaMagic     = 0xED0CDAED
	metaVersion   = 2
	noFreelist    = ^uint64(0)
)

var order = binary.NativeEndian

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// inspect walks every page that can be reached, with plain reads. What passes can
// be given to bbolt, whose reads trust every size and page number in the file and
// fault on a wrong one, in part on goroutines of its own. It checks the shape and
// the order of keys, so that no search goes astray; the contents are not its
// matter.
//
// Errors: ErrCorrupt and those of reading.
func inspect(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w := &walker{file: f, size: uint64(info.Size())}
	root, err := w.metas()
	if err != nil {
		return err
	}
	return w.page(root, nil, nil, true)
}

type walker struct {
	file     io.ReaderAt
	size     uint64
	pageSize uint64
	pages    uint64 // in use or free; none is past this
	seen     []bool // by page number
}

// metas checks the two meta pages and returns the root page of the newer one.
func (w *walker) metas() (root uint64, err error) {
	head := make([]byte, pageHeader+64)
	if w.size < uint64(len(head)) {
		return 0, damaged("%d bytes are too few", w.size)
	}
	if _, err := w.file.ReadAt(head, 0); err != nil {
		return 0, err
	}
	w.pageSize = uint64(order.Uint32(head[pageHeader+8:]))
	if w.pageSize < 1<<10 || w.pageSize > 1<<16 || w.pageSize&(w.pageSize-1) != 0 || w.size < 4*w.pageSize {
		return 0, damaged("page size %d", w.pageSize)
	}
	var m [2][]byte
	var tx [2]uint64
	for i := range m {
		page := make([]byte, w.pageSize)
		if _, err := w.file.ReadAt(page, int64(i)*int64(w.pageSize)); err != nil {
			return 0, err
		}
		m[i] = page[pageHeader:]
		sum := fnv.New64a()
		sum.Write(m[i][:56])
		tx[i] = order.Uint64(m[i][48:])
		if order.Uint64(page) != uint64(i) || order.Uint16(page[8:]) != metaPage ||
			order.Uint32(m[i]) != metaMagic || order.Uint32(m[i][4:]) != metaVersion ||
			uint64(order.Uint32(m[i][8:])) != w.pageSize || order.Uint64(m[i][56:]) != sum.Sum64() {
			return 0, damaged("meta page %d", i)
		}
	}
	newest := m[0]
	switch {
	case tx[1] == tx[0]+1:
		newest = m[1]
	case tx[0] != tx[1]+1:
		return 0, damaged("meta pages of commits %d and %d", tx[0], tx[1])
	}
	if order.Uint64(newest[32:]) != noFreelist {
		return 0, damaged("a freelist that this program does not write")
	}
	w.pages = order.Uint64(newest[40:])
	if w.pages > w.size/w.pageSize {
		return 0, damaged("%d pages in %d bytes", w.pages, w.size)
	}
	w.seen = make([]bool, w.pages)
	return order.Uint64(newest[16:]), nil
}

// page checks a tree whose keys are from lo (included) to hi (not); nil is no bound.
func (w *walker) page(id uint64, lo, hi []byte, top bool) error {
	if id < 2 || id >= w.pages {
		return damaged("page %d of %d", id, w.pages)
	}
	data := make([]byte, w.pageSize)
	if _, err := w.file.ReadAt(data, int64(id*w.pageSize)); err != nil {
		return err
	}
	more := uint64(order.Uint32(data[12:]))
	if order.Uint64(data) != id || id+more >= w.pages {
		return damaged("head of page %d", id)
	}
	for i := id; i <= id+more; i++ {
		if w.seen[i] {
			return damaged("page %d is used twice", i)
		}
		w.seen[i] = true
	}
	if more > 0 {
		rest := make([]byte, more*w.pageSize)
		if _, err := w.file.ReadAt(rest, int64((id+1)*w.pageSize)); err != nil {
			return err
		}
		data = append(data, rest...)
	}
	switch order.Uint16(data[8:]) {
	case leafPage:
		return w.leaf(data, lo, hi, top)
	case branchPage:
		return w.branch(data, lo, hi, top)
	}
	return damaged("kind of page %d", id)
}

// count returns the number of elements of a page, which fit into it.
func count(page []byte) (int, error) {
	n := int(order.Uint16(page[10:]))
	if pageHeader+n*element > len(page) {
		return 0, damaged("%d elements in a page of %d bytes", n, len(page))
	}
	return n, nil
}

// cut returns size bytes that begin at pos after the start of the i-th element.
func cut(page []byte, n, i int, pos, size uint64) ([]byte, error) {
	from := uint64(pageHeader+i*element) + pos
	if from < uint64(pageHeader+n*element) || from+size > uint64(len(page)) {
		return nil, damaged("element %d is outside its page", i)
	}
	return page[from : from+size], nil
}

func (w *walker) leaf(page, lo, hi []byte, top bool) error {
	n, err := count(page)
	if err != nil {
		return err
	}
	for i := range n {
		e := page[pageHeader+i*element:]
		flags, pos := order.Uint32(e), uint64(order.Uint32(e[4:]))
		keySize, size := uint64(order.Uint32(e[8:])), uint64(order.Uint32(e[12:]))
		key, err := cut(page, n, i, pos, keySize)
		if err != nil {
			return err
		}
		value, err := cut(page, n, i, pos+keySize, size)
		if err != nil {
			return err
		}
		if c := bytes.Compare(key, lo); c < 0 || c == 0 && i > 0 || hi != nil && bytes.Compare(key, hi) >= 0 {
			return damaged("keys are out of order")
		}
		lo = key
		switch {
		case !top && flags != 0, top && flags != bucketElement:
			return damaged("flags %#x of a row", flags)
		case top:
			if err := w.bucket(value); err != nil {
				return err
			}
		}
	}
	return nil
}

// bucket checks a bucket: its root page is elsewhere, or follows its header.
func (w *walker) bucket(value []byte) error {
	if len(value) < bucketHeader {
		return damaged("head of a bucket")
	}
	if root := order.Uint64(value); root != 0 {
		return w.page(root, nil, nil, false)
	}
	inline := value[bucketHeader:]
	if len(inline) < pageHeader || order.Uint16(inline[8:]) != leafPage {
		return damaged("a bucket inside a row")
	}
	return w.leaf(inline, nil, nil, false)
}

func (w *walker) branch(page, lo, hi []byte, top bool) error {
	n, err := count(page)
	if err != nil {
		return err
	}
	if n == 0 {
		return damaged("a branch without leaves")
	}
	keys, ids := make([][]byte, n), make([]uint64, n)
	for i := range n {
		e := page[pageHeader+i*element:]
		ids[i] = order.Uint64(e[8:])
		if keys[i], err = cut(page, n, i, uint64(order.Uint32(e)), uint64(order.Uint32(e[4:]))); err != nil {
			return err
		}
	}
	for i, key := range keys {
		end := hi
		if i+1 < n {
			end = keys[i+1]
		}
		if bytes.Compare(key, lo) < 0 || end != nil && bytes.Compare(key, end) >= 0 {
			return damaged("branches are out of order")
		}
		if err := w.page(ids[i], key, end, top); err != nil {
			return err
		}
	}
	return nil
}
