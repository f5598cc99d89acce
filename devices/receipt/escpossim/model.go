package escpossim

// Model is a family of machines. Lengths are in dots.
type Model struct {
	Name      string
	Dots, DPI int
	Speed     int // paper, mm/s
	Blade     int // from the head to the blade
	Buffer    int // receive buffer, bytes
	MaxRows   int // of one raster command

	RealTime bool // DLE commands are obeyed when received; else in the buffer's order
	Mute     bool // says nothing while paper moves
	Loose    bool // reserved status bits are not fixed
	HalfDots bool // default vertical unit is half a dot; else a dot

	Units     bool // GS P
	ESCJ      bool // ESC J feeds n units; else it feeds one line
	GSL       bool // GS L moves pictures
	ESCPos    bool // ESC $ moves pictures
	Presenter bool // GS e, output sensor, full status
	ProcessID bool // GS ( H
	Clear     bool // DLE DC4 8
}

// The models answer to the names of the driver's profiles.
var (
	EpsonLike = Model{
		Name: "epson-like", Dots: 576, DPI: 203, Speed: 150, Blade: 112, Buffer: 64 << 10, MaxRows: 2303,
		RealTime: true, HalfDots: true, Units: true, ESCJ: true, GSL: true, ESCPos: true, ProcessID: true, Clear: true,
	}
	GenericCustom = Model{
		Name: "generic-custom", Dots: 576, DPI: 203, Speed: 150, Blade: 104, Buffer: 64 << 10, MaxRows: 2047,
		RealTime: true, HalfDots: true, Units: true, ESCJ: true, Presenter: true,
	}
	PyramidReliance = Model{
		Name: "pyramid-reliance", Dots: 576, DPI: 203, Speed: 150, Blade: 96, Buffer: 64 << 10, MaxRows: 2047,
		RealTime: true, Mute: true, Loose: true, Units: true, Presenter: true,
	}
	PyramidPhoenix = Model{
		Name: "pyramid-phoenix", Dots: 576, DPI: 203, Speed: 150, Blade: 96, Buffer: 64 << 10, MaxRows: 2047,
		Loose: true,
	}
)

// ModelByName finds a model: epson-like, generic-custom, pyramid-reliance or
// pyramid-phoenix.
func ModelByName(name string) (Model, bool) {
	for _, m := range []Model{EpsonLike, GenericCustom, PyramidReliance, PyramidPhoenix} {
		if m.Name == name {
			return m, true
		}
	}
	return Model{}, false
}
