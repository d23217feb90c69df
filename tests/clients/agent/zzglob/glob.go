package zzglob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

type globConfig struct {
	traverseSymlinks     bool
	walkIntermediateDirs bool
}

// GlobOption changes how Glob and MultiGlob walk the file system.
type GlobOption func(*globConfig)

// TraverseSymlinks says whether to look for matches below a symbolic link to a
// directory, as if it were that directory. It is enabled by default. Links that
// the pattern spells out before its first wildcard are followed either way.
func TraverseSymlinks(enable bool) GlobOption {
	return func(c *globConfig) { c.traverseSymlinks = enable }
}

// WalkIntermediateDirs says whether to call back for the directories that are
// searched as well as for matches, the one where the search begins included. If
// that one does not exist, the call has the error. It is disabled by default.
func WalkIntermediateDirs(enable bool) GlobOption {
	return func(c *globConfig) { c.walkIntermediateDirs = enable }
}

// Glob calls f for every path that matches the pattern. The order of the calls,
// and what f may return, are as for fs.WalkDir: within a directory names come
// sorted, fs.SkipDir leaves out the directory it is returned for (or the rest of
// a file's directory), fs.SkipAll ends the walk, and any other error ends it and
// is returned. A directory that cannot be read is passed to f with the error.
func (p *Pattern) Glob(f fs.WalkDirFunc, opts ...GlobOption) error {
	return MultiGlob(context.Background(), []*Pattern{p}, f, opts...)
}

// MultiGlob is like Pattern.Glob for many patterns at once. Patterns that begin
// in the same directory share one walk. f gets each path once, however many
// patterns match it, and is never called concurrently.
func MultiGlob(ctx context.Context, patterns []*Pattern, f fs.WalkDirFunc, opts ...GlobOption) error {
	w := walker{
		ctx:    ctx,
		config: globConfig{traverseSymlinks: true},
		f:      f,
		called: map[string]bool{},
	}
	for _, opt := range opts {
		opt(&w.config)
	}

	// All sequences without wildcards first: they need no walk.
	var roots []string
	byRoot := map[string][]cursor{}
	for _, p := range patterns {
		for i := range p.alternatives {
			s := &p.alternatives[i]
			if s.isLiteral {
				if err := w.literal(s.path); err != nil {
					return skipAllIsNil(err)
				}
				continue
			}
			if _, known := byRoot[s.root]; !known {
				roots = append(roots, s.root)
			}
			byRoot[s.root] = append(byRoot[s.root], cursor{s, s.startAtRoot()})
		}
	}
	for _, root := range roots {
		if err := w.root(root, byRoot[root]); err != nil {
			return skipAllIsNil(err)
		}
	}
	return nil
}

func skipAllIsNil(err error) error {
	if err == fs.SkipAll {
		return nil
	}
	return err
}

// cursor is how far one sequence has matched the path being walked.
type cursor struct {
	sequence *sequence
	places   places
}

func advance(cursors []cursor, text string) (next []cursor, matched bool) {
	for _, c := range cursors {
		set := c.sequence.advance(c.places, text)
		if c.sequence.accepts(set) {
			matched = true
		}
		if c.sequence.canGoOn(set) {
			next = append(next, cursor{c.sequence, set})
		}
	}
	return next, matched
}

type walker struct {
	ctx    context.Context
	config globConfig
	f      fs.WalkDirFunc
	called map[string]bool // the paths that f was called with, without an error
}

// call passes a path to f, unless another pattern already led to it.
func (w *walker) call(path string, entry fs.DirEntry) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if w.called[path] {
		return nil
	}
	w.called[path] = true
	return w.f(path, entry, nil)
}

// failed tells f about a path that could not be looked at.
func (w *walker) failed(path string, entry fs.DirEntry, err error) error {
	// A pattern that begins in no directory just has no matches.
	if entry == nil && isAbsent(err) && !w.config.walkIntermediateDirs {
		return nil
	}
	return w.f(path, entry, err)
}

func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func (w *walker) literal(path string) error {
	if path == "" {
		return nil
	}
	info, err := os.Lstat(path)
	if err != nil {
		return skipDirIsNil(w.failed(path, nil, err))
	}
	entry, _ := w.resolve(path, fs.FileInfoToDirEntry(info))
	return skipDirIsNil(w.call(path, entry))
}

func skipDirIsNil(err error) error {
	if err == fs.SkipDir {
		return nil
	}
	return err
}

// root walks from the directory where some patterns have their first wildcard.
// dir is "" or ends in a slash.
func (w *walker) root(dir string, cursors []cursor) error {
	path := strings.TrimRight(dir, "/")
	switch {
	case dir == "":
		path = "."
	case path == "":
		path = "/"
	}
	info, err := os.Stat(path)
	if err != nil {
		return skipDirIsNil(w.failed(path, nil, err))
	}
	if !info.IsDir() {
		return nil
	}
	entry := fs.FileInfoToDirEntry(info)
	if w.config.walkIntermediateDirs {
		if err := w.call(path, entry); err != nil {
			return skipDirIsNil(err)
		}
	}
	return skipDirIsNil(w.children(path, dir, entry, cursors, []fs.FileInfo{info}))
}

// children walks what is in a directory. prefix is what goes before the names:
// the directory's path as the pattern spells it, with the slash. above holds
// the directory and those around it.
func (w *walker) children(dir, prefix string, entry fs.DirEntry, cursors []cursor, above []fs.FileInfo) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		// As fs.WalkDir does: tell f, and unless it objects go on with the
		// names that could be read.
		if err := w.failed(dir, entry, err); err != nil {
			return err
		}
	}

	for _, child := range names {
		path := prefix + child.Name()
		here, matched := advance(cursors, child.Name())
		if !matched && len(here) == 0 {
			continue
		}
		child, info := w.resolve(path, child)

		var below []cursor
		if child.IsDir() {
			below, _ = advance(here, "/")
			if info != nil && len(below) > 0 && contains(above, info) {
				below = nil // a link back up, which would have no end
			}
		}
		if matched || len(below) > 0 && w.config.walkIntermediateDirs {
			if err := w.call(path, child); err != nil {
				if err == fs.SkipDir && child.IsDir() {
					continue
				}
				return err
			}
		}
		if len(below) == 0 {
			continue
		}
		if info == nil {
			if info, err = child.Info(); err != nil {
				if err := skipDirIsNil(w.failed(path, child, err)); err != nil {
					return err
				}
				continue
			}
		}
		// The slice of directories above is shared by siblings, so it must not
		// be extended in place.
		err := w.children(path, path+"/", child, below, append(above[:len(above):len(above)], info))
		if err := skipDirIsNil(err); err != nil {
			return err
		}
	}
	return nil
}

// resolve looks through a symbolic link to a directory, if links are to be
// traversed. It then returns the directory's details too. Any other entry is
// returned as it is.
func (w *walker) resolve(path string, entry fs.DirEntry) (fs.DirEntry, fs.FileInfo) {
	if !w.config.traverseSymlinks || entry.Type()&fs.ModeSymlink == 0 {
		return entry, nil
	}
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return entry, nil
	}
	return fs.FileInfoToDirEntry(info), info
}

func contains(infos []fs.FileInfo, info fs.FileInfo) bool {
	for _, other := range infos {
		if os.SameFile(other, info) {
			return true
		}
	}
	return false
}
