package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// sources is a checkout: its packages, parsed when first asked for, and the hash of each.
type sources struct {
	root     string
	packages map[string]*pkg
	read     map[string]string
	// jsonPaths are the keys of the configuration's fields by their names in Go.
	jsonPaths map[string]string
}

type pkg struct {
	files []*sourceFile
}

type sourceFile struct {
	syntax      *ast.File
	imports     map[string]string
	windowsOnly bool
}

type sourceError struct{ error }

func fail(format string, values ...any) {
	panic(sourceError{fmt.Errorf(format, values...)})
}

// folderOf finds a package in vendor, in staging, or as a part of kubernetes/kubernetes itself.
func (tree *sources) folderOf(path string) (string, bool) {
	places := []string{"vendor/" + path, "staging/src/" + path}
	if own, isOwn := strings.CutPrefix(path, "k8s.io/kubernetes/"); isOwn {
		places = append(places, own)
	}
	for _, place := range places {
		folder := filepath.Join(tree.root, place)
		if info, err := os.Stat(folder); err == nil && info.IsDir() {
			return folder, true
		}
	}
	return "", false
}

func (tree *sources) has(path string) bool {
	_, ok := tree.folderOf(path)
	return ok
}

// load parses the files of a package that Linux or Windows builds. A distribution's own additions are left out.
func (tree *sources) load(path string) *pkg {
	if known, ok := tree.packages[path]; ok {
		return known
	}
	folder, ok := tree.folderOf(path)
	if !ok {
		fail("%s has no package %s", tree.root, path)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		fail("%v", err)
	}
	loaded, hash := &pkg{}, sha256.New()
	tree.packages[path] = loaded
	for _, entry := range entries {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "openshift_") {
			continue
		}
		onLinux, onWindows := builtOn("linux", folder, name), builtOn("windows", folder, name)
		if !onLinux && !(onWindows && path == options) {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			fail("%v", err)
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), name, content, parser.SkipObjectResolution)
		if err != nil {
			fail("%v", err)
		}
		imports := map[string]string{}
		for _, imported := range syntax.Imports {
			target, _ := strconv.Unquote(imported.Path.Value)
			alias := filepath.Base(target)
			if imported.Name != nil {
				alias = imported.Name.Name
			}
			imports[alias] = target
		}
		loaded.files = append(loaded.files, &sourceFile{syntax: syntax, imports: imports, windowsOnly: !onLinux})
		fmt.Fprintf(hash, "%s %d\n%s", name, len(content), content)
	}
	if len(loaded.files) > 0 {
		tree.read[path] = hex.EncodeToString(hash.Sum(nil))
	}
	return loaded
}

func builtOn(system, folder, name string) bool {
	context := build.Default
	context.GOOS, context.GOARCH, context.CgoEnabled = system, "amd64", true
	matches, err := context.MatchFile(folder, name)
	return err == nil && matches
}

func (tree *sources) function(path, name string) (*ast.FuncDecl, *sourceFile) {
	for _, file := range tree.load(path).files {
		for _, declaration := range file.syntax.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Name.Name == name {
				return function, file
			}
		}
	}
	fail("%s has no function %s", path, name)
	return nil, nil
}

func (tree *sources) typeNamed(path, name string) (*sourceFile, ast.Expr) {
	for _, file := range tree.load(path).files {
		for _, declaration := range file.syntax.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range general.Specs {
				if named, ok := spec.(*ast.TypeSpec); ok && named.Name.Name == name {
					return file, named.Type
				}
			}
		}
	}
	fail("%s has no type %s", path, name)
	return nil, nil
}

// decodesItself says whether a type has a decoder, or embeds one that has.
func (tree *sources) decodesItself(path, name string) bool {
	declaredIn, declared := tree.typeNamed(path, name)
	if structure, ok := declared.(*ast.StructType); ok {
		for _, field := range structure.Fields.List {
			if len(field.Names) > 0 {
				continue
			}
			in, inner := tree.where(path, declaredIn, field.Type)
			if tree.has(in) && tree.decodesItself(in, inner) {
				return true
			}
		}
	}
	for _, file := range tree.load(path).files {
		for _, declaration := range file.syntax.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if ok && function.Recv != nil && function.Name.Name == "UnmarshalJSON" && tree.typeName(function.Recv.List[0].Type) == name {
				return true
			}
		}
	}
	return false
}

// where is the package and the name of a type.
func (tree *sources) where(path string, file *sourceFile, expression ast.Expr) (in, name string) {
	if selector, ok := expression.(*ast.SelectorExpr); ok {
		return file.imports[selector.X.(*ast.Ident).Name], selector.Sel.Name
	}
	return path, tree.typeName(expression)
}

// typeName is the last name of an expression: of `&utilflag.IPVar{…}` IPVar, of `cliflag.NewMapStringBool(…)` NewMapStringBool.
func (tree *sources) typeName(expression ast.Expr) string {
	switch node := expression.(type) {
	case *ast.Ident:
		return node.Name
	case *ast.SelectorExpr:
		return node.Sel.Name
	case *ast.CallExpr:
		return tree.typeName(node.Fun)
	case *ast.UnaryExpr:
		return tree.typeName(node.X)
	case *ast.StarExpr:
		return tree.typeName(node.X)
	case *ast.CompositeLit:
		return tree.typeName(node.Type)
	case *ast.IndexExpr:
		return tree.typeName(node.X)
	}
	return ""
}

func (tree *sources) text(path string, file *sourceFile, expression ast.Expr) (string, bool) {
	text, ok := tree.evaluate(path, file, expression).(string)
	return text, ok
}

func (tree *sources) mustText(path string, file *sourceFile, expression ast.Expr) string {
	text, ok := tree.text(path, file, expression)
	if !ok {
		fail("%s: %s is not a constant text", path, tree.typeName(expression))
	}
	return text
}

var units = map[string]time.Duration{
	"Nanosecond": time.Nanosecond, "Millisecond": time.Millisecond, "Second": time.Second, "Minute": time.Minute, "Hour": time.Hour,
}

// evaluate is the value of a constant expression, with durations as Go prints them; nil for any other.
func (tree *sources) evaluate(path string, file *sourceFile, expression ast.Expr) any {
	value := tree.valueOf(path, file, expression)
	if duration, ok := value.(time.Duration); ok {
		return duration.String()
	}
	return value
}

func (tree *sources) valueOf(path string, file *sourceFile, expression ast.Expr) any {
	switch node := expression.(type) {
	case *ast.BasicLit:
		return valueOfLiteral(node)
	case *ast.Ident:
		if node.Name == "true" || node.Name == "false" {
			return node.Name == "true"
		}
		return tree.constant(path, node.Name)
	case *ast.SelectorExpr:
		alias, ok := node.X.(*ast.Ident)
		if !ok {
			return nil
		}
		if unit, isUnit := units[node.Sel.Name]; isUnit && alias.Name == "time" {
			return unit
		}
		if in := file.imports[alias.Name]; in != "" && tree.has(in) {
			return tree.constant(in, node.Sel.Name)
		}
	case *ast.ParenExpr:
		return tree.valueOf(path, file, node.X)
	case *ast.UnaryExpr:
		value := tree.valueOf(path, file, node.X)
		if number, ok := value.(int64); ok && node.Op == token.SUB {
			return -number
		}
		if node.Op == token.AND {
			return value
		}
	case *ast.BinaryExpr:
		return productOf(node.Op, tree.valueOf(path, file, node.X), tree.valueOf(path, file, node.Y))
	case *ast.CompositeLit:
		if tree.typeName(node.Type) == "Duration" && len(node.Elts) == 1 {
			return tree.valueOf(path, file, node.Elts[0].(*ast.KeyValueExpr).Value)
		}
	case *ast.CallExpr:
		// Conversions, and helpers that make a pointer: ptr.To(true), utilpointer.Int32(5), featuregate.Feature("X").
		if len(node.Args) == 1 {
			return tree.valueOf(path, file, node.Args[0])
		}
	}
	return nil
}

func valueOfLiteral(literal *ast.BasicLit) any {
	switch literal.Kind {
	case token.STRING:
		text, _ := strconv.Unquote(literal.Value)
		return text
	case token.INT:
		number, _ := strconv.ParseInt(literal.Value, 0, 64)
		return number
	case token.FLOAT:
		number, _ := strconv.ParseFloat(literal.Value, 64)
		return number
	}
	return nil
}

func productOf(operator token.Token, one, other any) any {
	number, isNumber := one.(int64)
	unit, isUnit := other.(time.Duration)
	if operator == token.MUL && isNumber && isUnit {
		return time.Duration(number) * unit
	}
	text, isText := one.(string)
	more, isMore := other.(string)
	if operator == token.ADD && isText && isMore {
		return text + more
	}
	return nil
}

func (tree *sources) constant(path, name string) any {
	for _, file := range tree.load(path).files {
		for _, declaration := range file.syntax.Decls {
			general, ok := declaration.(*ast.GenDecl)
			if !ok || (general.Tok != token.CONST && general.Tok != token.VAR) {
				continue
			}
			for _, spec := range general.Specs {
				values := spec.(*ast.ValueSpec)
				for index, each := range values.Names {
					if each.Name == name && index < len(values.Values) {
						return tree.valueOf(path, file, values.Values[index])
					}
				}
			}
		}
	}
	return nil
}

// eachCall visits `receiver.function(…)` and `function(…)` in the order of the source.
func eachCall(node ast.Node, visit func(receiver, function string, call *ast.CallExpr)) {
	ast.Inspect(node, func(inner ast.Node) bool {
		call, ok := inner.(*ast.CallExpr)
		if !ok {
			return true
		}
		switch called := call.Fun.(type) {
		case *ast.Ident:
			visit("", called.Name, call)
		case *ast.SelectorExpr:
			receiver, _ := called.X.(*ast.Ident)
			if receiver != nil {
				visit(receiver.Name, called.Sel.Name, call)
			}
		}
		return true
	})
}

// pairs are the keys and values of a literal.
func pairs(literal *ast.CompositeLit) iter.Seq2[ast.Expr, ast.Expr] {
	return func(yield func(ast.Expr, ast.Expr) bool) {
		for _, element := range literal.Elts {
			pair, ok := element.(*ast.KeyValueExpr)
			if ok && !yield(pair.Key, pair.Value) {
				return
			}
		}
	}
}
