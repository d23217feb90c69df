package zzglob

import "strings"

// Match says whether the whole path matches the pattern.
func (p *Pattern) Match(path string) bool {
	for i := range p.alternatives {
		s := &p.alternatives[i]
		if s.accepts(s.advance(s.start(), path)) {
			return true
		}
	}
	return false
}

// sequence is a pattern without braces. It is matched by keeping, for each
// prefix of the path, every place in tokens where the match can have got to:
// that takes no backtracking, and a walk can carry on from the places it had
// reached at the directory above.
type sequence struct {
	tokens []token

	// root is the part before the first segment with a wildcard, "" or ending
	// in a slash; tokens[rootLen:] is the rest. A walk starts there.
	root    string
	rootLen int

	// isLiteral: there are no wildcards at all, and path is the one match.
	isLiteral bool
	path      string
}

func newSequence(tokens []token) sequence {
	s := sequence{}
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.kind == tilde { // one that was not to be expanded
			t = token{kind: literal, char: '~'}
		}
		// "**/" at the start of a segment stands for any number of whole
		// segments, none included, so here it takes its slash along.
		atSegmentStart := i == 0 || tokens[i-1].isSeparator()
		if t.kind == starStar && atSegmentStart && i+1 < len(tokens) && tokens[i+1].isSeparator() {
			t = token{kind: anyDirs}
			i++
		}
		s.tokens = append(s.tokens, t)
	}

	s.isLiteral = true
	var lead strings.Builder
	for i, t := range s.tokens {
		if t.kind != literal {
			s.isLiteral = false
			break
		}
		lead.WriteRune(t.char)
		if t.isSeparator() {
			s.rootLen = i + 1
			s.root = lead.String()
		}
	}
	if s.isLiteral {
		s.path = lead.String()
	}
	return s
}

// places is a set of positions in a sequence's tokens: the next token to match.
// len(tokens) stands for a complete match.
type places []bool

func (s *sequence) start() places {
	set := make(places, len(s.tokens)+1)
	s.add(set, 0)
	return set
}

// startAtRoot is start, advanced over s.root.
func (s *sequence) startAtRoot() places {
	set := make(places, len(s.tokens)+1)
	s.add(set, s.rootLen)
	return set
}

// add adds a place and those reached from it without another character.
func (s *sequence) add(set places, place int) {
	for !set[place] {
		set[place] = true
		if place == len(s.tokens) {
			return
		}
		switch s.tokens[place].kind {
		case star, starStar, anyDirs:
			place++
		default:
			return
		}
	}
}

// advance returns the places after these characters, which is an empty set when
// no match can begin with them.
func (s *sequence) advance(set places, text string) places {
	for _, char := range text {
		next := make(places, len(set))
		alive := false
		for place, t := range s.tokens {
			if !set[place] || !t.matches(char) {
				continue
			}
			alive = true
			switch t.kind {
			case star, starStar:
				s.add(next, place)
			case anyDirs:
				// Inside a directory's name, only its slash leads further. So
				// this place is set without what add would let follow it.
				next[place] = true
				if char == '/' {
					s.add(next, place+1)
				}
			default:
				s.add(next, place+1)
			}
		}
		set = next
		if !alive {
			break
		}
	}
	return set
}

// accepts says whether the text that led to these places is a match.
func (s *sequence) accepts(set places) bool { return set[len(s.tokens)] }

// canGoOn says whether more characters could lead to a match.
func (s *sequence) canGoOn(set places) bool {
	for place := range s.tokens {
		if set[place] {
			return true
		}
	}
	return false
}
