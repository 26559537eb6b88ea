package cxx

import "sonde/prototype"

// manipulatorClass is what std::setw and its likes return (<iomanip>).
func manipulatorClass(of *prototype.Type) maker {
	return func(*typeName, *component, library, int) (*prototype.Type, passing) {
		return bare("", shown(of)), direct
	}
}

// fillClass is what std::setfill returns.
func fillClass(_ *typeName, c *component, lib library, _ int) (*prototype.Type, passing) {
	if len(c.args) != 1 || c.args[0].character() == nil || lib == libcxx {
		return nil, unknown
	}
	return bare("", shown(c.args[0].character())), direct
}

// localeClass is std::locale: the address of what it stands for.
func localeClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return bare("", shown(symbolType)), indirect
}

// lockClass is std::unique_lock: the mutex, and whether it is held.
func lockClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: []prototype.Field{
		{Name: "mutex", Type: symbolType}, {Name: "owns", Type: boolType},
	}}, indirect
}

// fileStatusClass is std::filesystem::file_status, which in libc++ has a destructor.
func fileStatusClass(_ *typeName, _ *component, lib library, _ int) (*prototype.Type, passing) {
	how := direct
	if lib == libcxx {
		how = indirect
	}
	return &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: []prototype.Field{
		{Name: "type", Type: enums["filesystem::file_type"]}, {Name: "permissions", Type: enums["filesystem::perms"]},
	}}, how
}

// charsResultClass is std::to_chars_result or from_chars_result: where the text
// ends, and an error.
func charsResultClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: []prototype.Field{
		{Name: "ptr", Type: address(charType)}, {Name: "ec", Type: enums["errc"]},
	}}, direct
}

// read are the members of streams and their buffers that give back a character, or EOF.
var read = map[string]bool{
	"get": true, "peek": true, "sgetc": true, "sbumpc": true, "snextc": true, "sputc": true, "sungetc": true,
	"sputbackc": true, "underflow": true, "uflow": true, "overflow": true, "pbackfail": true,
}

// readType is what these give back: an int with an unsigned char in it.
var readType = &prototype.Type{Kind: prototype.Int, Size: 4, Lens: prototype.Byte}

// reads tells whether a function gives back a character of char, or EOF.
func (f *signature) reads() bool {
	_, c, _ := f.scope.std()
	return c != nil && read[f.name] && f.result != nil && f.result.text == "int" && len(c.args) > 0 && c.args[0].text == "char"
}
