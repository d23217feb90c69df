// Package zzglob stands in for the glob library that buildkite-agent imports
// under this path, so that the agent can be built where that library cannot be
// downloaded. It has the part of the library's interface that the agent calls
// and follows its documented pattern syntax:
//
//	\x       the character x itself, whatever it usually means
//	/        the path separator
//	?        one character other than /
//	*        any number of characters other than /
//	**       any number of characters, / included; "a/**/b" also matches "a/b"
//	[abc]    one of these characters; a-z is a range, [^abc] any other but /
//	{a,b}    any of these patterns, which may be empty or hold more of the above
//	~        at the start of a path: the home directory of the current user
//
// No character is special at the start of a name: * matches .hidden as well.
//
// Only systems whose path separator is / are supported.
package zzglob

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// maxAlternatives bounds what the braces of one pattern may expand to. It is
// far beyond what people write, and keeps {a,b}{a,b}{a,b}... from exhausting
// memory.
const maxAlternatives = 4096

// Pattern is a parsed glob pattern.
type Pattern struct {
	// One entry for each way to choose from the pattern's braces.
	alternatives []sequence
}

type parseConfig struct {
	expandTilde bool
}

// ParseOption changes how a pattern is parsed.
type ParseOption func(*parseConfig)

// ExpandTilde says whether a leading ~ means the home directory (the default)
// or only itself.
func ExpandTilde(enable bool) ParseOption {
	return func(c *parseConfig) { c.expandTilde = enable }
}

// Parse parses a pattern.
func Parse(pattern string, opts ...ParseOption) (*Pattern, error) {
	config := parseConfig{expandTilde: true}
	for _, opt := range opts {
		opt(&config)
	}

	p := parser{input: []rune(pattern)}
	alternatives, err := p.sequences(false)
	if err != nil {
		return nil, fmt.Errorf("glob pattern %q: %w", pattern, err)
	}

	parsed := &Pattern{}
	for _, tokens := range alternatives {
		if config.expandTilde {
			if tokens, err = expandHome(tokens); err != nil {
				return nil, fmt.Errorf("glob pattern %q: %w", pattern, err)
			}
		}
		parsed.alternatives = append(parsed.alternatives, newSequence(tokens))
	}
	return parsed, nil
}

type tokenKind int

const (
	literal  tokenKind = iota // the character token.char
	anyChar                   // ?
	class                     // [...]
	star                      // *
	starStar                  // **
	anyDirs                   // **/ at the start of a path segment
	tilde                     // an unescaped ~, before newSequence
)

type token struct {
	kind   tokenKind
	char   rune
	negate bool
	ranges [][2]rune
}

var separator = token{kind: literal, char: '/'}

func (t token) isSeparator() bool { return t.kind == literal && t.char == '/' }

// matches says whether the token accepts this one character.
func (t token) matches(char rune) bool {
	switch t.kind {
	case literal:
		return char == t.char
	case anyChar, star:
		return char != '/'
	case class:
		if char == '/' {
			return false
		}
		for _, r := range t.ranges {
			if r[0] <= char && char <= r[1] {
				return !t.negate
			}
		}
		return t.negate
	default: // starStar and anyDirs
		return true
	}
}

type parser struct {
	input []rune
	pos   int
}

// sequences reads up to the end of the input or, inside braces, up to the comma
// or brace that ends this choice. It returns every sequence of tokens that the
// part can stand for.
func (p *parser) sequences(inBraces bool) ([][]token, error) {
	result := [][]token{nil}
	add := func(t token) {
		for i := range result {
			result[i] = append(result[i], t)
		}
	}

	for p.pos < len(p.input) {
		char := p.input[p.pos]
		if inBraces && (char == ',' || char == '}') {
			return result, nil
		}
		p.pos++

		switch char {
		case '\\':
			if p.pos == len(p.input) {
				return nil, errors.New("nothing to escape after the last \\")
			}
			add(token{kind: literal, char: p.input[p.pos]})
			p.pos++
		case '?':
			add(token{kind: anyChar})
		case '*':
			kind := star
			for p.pos < len(p.input) && p.input[p.pos] == '*' {
				kind = starStar
				p.pos++
			}
			add(token{kind: kind})
		case '~':
			add(token{kind: tilde})
		case '[':
			t, err := p.class()
			if err != nil {
				return nil, err
			}
			add(t)
		case '{':
			choices, err := p.choices()
			if err != nil {
				return nil, err
			}
			if len(result)*len(choices) > maxAlternatives {
				return nil, fmt.Errorf("braces give more than %d alternatives", maxAlternatives)
			}
			var product [][]token
			for _, head := range result {
				for _, tail := range choices {
					product = append(product, append(head[:len(head):len(head)], tail...))
				}
			}
			result = product
		default:
			add(token{kind: literal, char: char})
		}
	}
	if inBraces {
		return nil, errors.New("{ without }")
	}
	return result, nil
}

// choices reads the rest of a {...}, whose first brace was just read.
func (p *parser) choices() ([][]token, error) {
	var result [][]token
	for {
		choice, err := p.sequences(true)
		if err != nil {
			return nil, err
		}
		result = append(result, choice...)
		if len(result) > maxAlternatives {
			return nil, fmt.Errorf("braces give more than %d alternatives", maxAlternatives)
		}
		p.pos++ // the comma or brace where sequences stopped
		if p.input[p.pos-1] == '}' {
			return result, nil
		}
	}
}

// class reads the rest of a [...], whose first bracket was just read.
func (p *parser) class() (token, error) {
	t := token{kind: class}
	if p.pos < len(p.input) && p.input[p.pos] == '^' {
		t.negate = true
		p.pos++
	}

	unclosed := errors.New("[ without ]")
	member := func() (rune, error) {
		if p.pos < len(p.input) && p.input[p.pos] == '\\' {
			p.pos++
		}
		if p.pos == len(p.input) {
			return 0, unclosed
		}
		p.pos++
		return p.input[p.pos-1], nil
	}

	for {
		if p.pos == len(p.input) {
			return t, unclosed
		}
		if p.input[p.pos] == ']' {
			p.pos++
			if len(t.ranges) == 0 {
				return t, errors.New("[] holds no character")
			}
			return t, nil
		}
		low, err := member()
		if err != nil {
			return t, err
		}
		high := low
		// A - that is last in the brackets is itself, not a range.
		if p.pos+1 < len(p.input) && p.input[p.pos] == '-' && p.input[p.pos+1] != ']' {
			p.pos++
			if high, err = member(); err != nil {
				return t, err
			}
			if high < low {
				return t, fmt.Errorf("range %c-%c is backwards", low, high)
			}
		}
		t.ranges = append(t.ranges, [2]rune{low, high})
	}
}

// expandHome replaces a ~ that is the whole first segment of a path.
func expandHome(tokens []token) ([]token, error) {
	if len(tokens) == 0 || tokens[0].kind != tilde {
		return tokens, nil
	}
	if len(tokens) > 1 && !tokens[1].isSeparator() {
		return tokens, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil, fmt.Errorf("cannot expand ~: %w", err)
	}
	var expanded []token
	for _, char := range strings.TrimRight(home, "/") {
		expanded = append(expanded, token{kind: literal, char: char})
	}
	return append(expanded, tokens[1:]...), nil
}
