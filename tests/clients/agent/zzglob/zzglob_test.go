package zzglob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	tests := []struct {
		pattern string
		yes, no []string
	}{
		{"", []string{""}, []string{"a"}},
		{"a/b.txt", []string{"a/b.txt"}, []string{"a/b", "a/b.txt/c", "x/a/b.txt", "a/bxtxt"}},
		{"*", []string{"a", ".a", ""}, []string{"a/b", "/"}},
		{"*.go", []string{"x.go", ".go"}, []string{"d/x.go", "x.goo"}},
		{"a*b*c", []string{"abc", "axxbxxbc"}, []string{"ab", "axb/c"}},
		{"?.txt", []string{"a.txt", "é.txt"}, []string{".txt", "ab.txt", "/.txt"}},
		{"**", []string{"a", "a/b/c", ""}, nil},
		{"**.go", []string{"x.go", "a/b/x.go"}, []string{"x.c"}},
		{"**/x", []string{"x", "a/x", "a/b/x"}, []string{"ax", "a/bx", "x/a"}},
		{"a/**/b", []string{"a/b", "a/x/b", "a/x/y/b"}, []string{"ab", "a/xb", "a/x/yb", "a/b/c"}},
		{"a/**", []string{"a/b", "a/b/c"}, []string{"a", "ab/c"}},
		{"a/**/**/b/**/c*", []string{"a/b/c", "a/1/2/b/3/cc"}, []string{"a/c", "a/b/3/4"}},
		{"a**b", []string{"ab", "a/x/b", "axb"}, []string{"a/x/c"}},
		{"a***/b", []string{"a/b", "ax/y/b"}, []string{"ab"}},
		{"[abc]x", []string{"ax", "cx"}, []string{"dx", "x"}},
		{"[^abc]x", []string{"dx", "^x"}, []string{"ax", "/x"}},
		{"[a-cx-]", []string{"b", "x", "-"}, []string{"d", "w"}},
		{`[\]\-\^]`, []string{"]", "-", "^"}, []string{`\`}},
		{"{a,b}/c", []string{"a/c", "b/c"}, []string{"c", "ab/c"}},
		{"x{,.gz}", []string{"x", "x.gz"}, []string{"x.", "x,"}},
		{"{a,b{c,d/**/e}}.txt", []string{"a.txt", "bc.txt", "bd/e.txt", "bd/x/e.txt"}, []string{"b.txt", "bd.txt"}},
		{"{a/,b}**/c", []string{"a/c", "a/x/c", "b/c", "bx/c"}, []string{"ac", "bc"}},
		{`{a\,b,c}`, []string{"a,b", "c"}, []string{"a", "b"}},
		{"{[,}],a}", []string{",", "}", "a"}, []string{"["}},
		{`\*\?\[\{\~\\`, []string{`*?[{~\`}, []string{"a?[{~\\"}},
		{"a,b}]", []string{"a,b}]"}, nil},
		{"~/x*", []string{"/home/me/x1"}, []string{"~/x1"}},
		{"{~,a}/x", []string{"/home/me/x", "a/x"}, []string{"~/x"}},
		{"~", []string{"/home/me"}, []string{"~"}},
		{"~a", []string{"~a"}, nil},
		{"a~/~", []string{"a~/~"}, nil},
	}
	for _, test := range tests {
		p, err := Parse(test.pattern)
		if err != nil {
			t.Errorf("Parse(%q): %v", test.pattern, err)
			continue
		}
		for _, path := range test.yes {
			if !p.Match(path) {
				t.Errorf("%q does not match %q", test.pattern, path)
			}
		}
		for _, path := range test.no {
			if p.Match(path) {
				t.Errorf("%q matches %q", test.pattern, path)
			}
		}
	}
}

func TestExpandTildeOff(t *testing.T) {
	p, err := Parse("~/x", ExpandTilde(false))
	if err != nil {
		t.Fatal(err)
	}
	if !p.Match("~/x") {
		t.Error("~ is not taken literally")
	}
}

func TestParseErrors(t *testing.T) {
	for _, pattern := range []string{
		"[a", "[", "[^", `[\`, "[]", "[z-a]", "[a-", "{a", "{a,{b}", `a\`,
		"bar/**/[asdf[[[[asdf", strings.Repeat("{a,b}", 13),
	} {
		if _, err := Parse(pattern); err == nil {
			t.Errorf("Parse(%q) gives no error", pattern)
		}
	}
}

// Backtracking would take longer than anyone waits.
func TestMatchIsNotExponential(t *testing.T) {
	p, err := Parse(strings.Repeat("**a", 40) + "b")
	if err != nil {
		t.Fatal(err)
	}
	if p.Match(strings.Repeat("a", 400)) {
		t.Error("matches")
	}
}

// tree makes files (and, for names that end in a slash, directories) in a
// temporary directory, which becomes the current one.
func tree(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		dir := filepath.Dir(name)
		if strings.HasSuffix(name, "/") {
			dir = name
		}
		if err := os.MkdirAll(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		if dir != name {
			if err := os.WriteFile(name, nil, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Fatal(err)
	}
}

// glob returns the paths that match, directories with a slash after them.
func glob(t *testing.T, patterns []string, opts ...GlobOption) []string {
	t.Helper()
	var parsed []*Pattern
	for _, pattern := range patterns {
		p, err := Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, p)
	}
	var found []string
	err := MultiGlob(context.Background(), parsed, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			path = "error: " + path
		} else if d.IsDir() {
			path += "/"
		}
		found = append(found, path)
		return nil
	}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestGlob(t *testing.T) {
	tree(t, "a/1.txt", "a/b/2.txt", "a/b/c/3.txt", "a/b/c/3.log", "d/4.txt", ".h/5.txt", "top.txt", "empty/")
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		patterns, want []string
	}{
		{[]string{"**/*.txt"}, []string{".h/5.txt", "a/1.txt", "a/b/2.txt", "a/b/c/3.txt", "d/4.txt", "top.txt"}},
		{[]string{"a/**/*.txt"}, []string{"a/1.txt", "a/b/2.txt", "a/b/c/3.txt"}},
		{[]string{"a/*"}, []string{"a/1.txt", "a/b/"}},
		{[]string{"a/**"}, []string{"a/1.txt", "a/b/", "a/b/2.txt", "a/b/c/", "a/b/c/3.log", "a/b/c/3.txt"}},
		{[]string{"./a/*.txt"}, []string{"./a/1.txt"}},
		{[]string{"a/../d/*"}, []string{"a/../d/4.txt"}},
		{[]string{"{./a,d}/*.txt"}, []string{"./a/1.txt", "d/4.txt"}},
		{[]string{"{a,a*}/*.txt"}, []string{"a/1.txt"}},
		{[]string{cwd + "/d/*"}, []string{cwd + "/d/4.txt"}},
		{[]string{"top.txt", "d"}, []string{"top.txt", "d/"}},
		{[]string{"a/*.txt", "a/b/?.txt", "a/1*"}, []string{"a/1.txt", "a/b/2.txt"}},
		{[]string{"nope", "nope/*", "top.txt/*", "", "*/nope"}, nil},
	}
	for _, test := range tests {
		if got := glob(t, test.patterns); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%q gives %q, want %q", test.patterns, got, test.want)
		}
	}
}

func TestGlobSymlinks(t *testing.T) {
	tree(t, "real/x.txt", "in/y.txt")
	link(t, "../real", "in/dir")
	link(t, "..", "in/up")
	link(t, "y.txt", "in/file.txt")
	link(t, "gone", "in/dangling.txt")

	want := []string{"in/dangling.txt", "in/dir/x.txt", "in/file.txt", "in/up/in/dangling.txt",
		"in/up/in/dir/x.txt", "in/up/in/file.txt", "in/up/in/y.txt", "in/up/real/x.txt", "in/y.txt"}
	if got := glob(t, []string{"in/**/*.txt"}); !reflect.DeepEqual(got, want) {
		t.Errorf("traversing: %q, want %q", got, want)
	}
	want = []string{"in/dangling.txt", "in/file.txt", "in/y.txt"}
	if got := glob(t, []string{"in/**/*.txt"}, TraverseSymlinks(false)); !reflect.DeepEqual(got, want) {
		t.Errorf("not traversing: %q, want %q", got, want)
	}

	// Only if it is traversed does a link count as a directory.
	if got := glob(t, []string{"in/d[i]r"}); !reflect.DeepEqual(got, []string{"in/dir/"}) {
		t.Errorf("traversing: %q", got)
	}
	if got := glob(t, []string{"in/d[i]r"}, TraverseSymlinks(false)); !reflect.DeepEqual(got, []string{"in/dir"}) {
		t.Errorf("not traversing: %q", got)
	}
	if got := glob(t, []string{"in/dir/*"}, TraverseSymlinks(false)); !reflect.DeepEqual(got, []string{"in/dir/x.txt"}) {
		t.Errorf("link before the first wildcard: %q", got)
	}
}

func TestGlobIntermediateDirs(t *testing.T) {
	tree(t, "a/b/c/x.txt", "a/other/y.txt")
	want := []string{"a/", "a/b/", "a/b/c/", "a/b/c/x.txt"}
	if got := glob(t, []string{"a/b*/c/*"}, WalkIntermediateDirs(true)); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	want = []string{"error: nope"}
	if got := glob(t, []string{"nope/*"}, WalkIntermediateDirs(true)); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGlobUnreadableDir(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root can read every directory")
	}
	tree(t, "a/secret/x.txt", "a/z.txt")
	if err := os.Chmod("a/secret", 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod("a/secret", 0o777)
	want := []string{"error: a/secret", "a/z.txt"}
	if got := glob(t, []string{"a/**/*.txt"}); !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestGlobCallbackErrors(t *testing.T) {
	tree(t, "a/1", "a/2", "b/1", "b/2", "c")
	stop := errors.New("stop")
	tests := []struct {
		at     string
		result error
		want   []string
		err    error
	}{
		{"a", fs.SkipDir, []string{"a", "b", "b/1", "b/2", "c"}, nil},
		{"a/1", fs.SkipDir, []string{"a", "a/1", "b", "b/1", "b/2", "c"}, nil},
		{"b", fs.SkipAll, []string{"a", "a/1", "a/2", "b"}, nil},
		{"b/1", stop, []string{"a", "a/1", "a/2", "b", "b/1"}, stop},
	}
	for _, test := range tests {
		p, err := Parse("**")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		err = p.Glob(func(path string, _ fs.DirEntry, _ error) error {
			got = append(got, path)
			if path == test.at {
				return test.result
			}
			return nil
		})
		if err != test.err || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%v at %s: %q and %v, want %q and %v", test.result, test.at, got, err, test.want, test.err)
		}
	}
}

func TestMultiGlobCancelled(t *testing.T) {
	tree(t, "a/1")
	p, err := Parse("**")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	err = MultiGlob(ctx, []*Pattern{p}, func(string, fs.DirEntry, error) error {
		calls++
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("%d calls and %v", calls, err)
	}
}
