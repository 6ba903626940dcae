// Command list-facts prints what the sources of one Kubernetes release say about its kubelet, as JSON: flags, feature gates, the fields of its
// configuration, defaults. It reads the sources and runs none of them.
//
//	go run . v1.36.3 OWNER/NAME@COMMIT FOLDER
//
// FOLDER holds that commit of kubernetes/kubernetes, or of a project that has its packages in vendor. Tag and commit are taken as given.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// Flag is one flag of the kubelet's command line.
type Flag struct {
	// Type is the Go function that defines it: Bool, Int32, String; of a value of a type of its own, the name of that type.
	Type       string `json:"type"`
	Deprecated bool   `json:"deprecated,omitempty"`
	Windows    bool   `json:"windows,omitempty"`
}

// Gate is a feature gate as this release has it.
type Gate struct {
	Default bool   `json:"default"`
	Locked  bool   `json:"locked,omitempty"`
	Stage   string `json:"stage"`
	// Needs are the gates that must be on where this one is on.
	Needs []string `json:"needs,omitempty"`
}

// Facts is the whole record of one release.
type Facts struct {
	Tag string `json:"tag"`
	// Source is the repository and the commit that were read.
	Source string `json:"source"`
	// Packages are those that were read, each with the SHA-256 of its files' names and contents.
	Packages       map[string]string `json:"packages"`
	Flags          map[string]Flag   `json:"flags"`
	Gates          map[string]Gate   `json:"gates"`
	Fields         map[string]string `json:"fields"`
	Defaults       map[string]any    `json:"defaults"`
	LegacyDefaults map[string]any    `json:"legacyDefaults"`
}

const (
	options = "k8s.io/kubernetes/cmd/kubelet/app/options"
	// Up to 1.33 it has the flags of the container runtime.
	runtimeOptions = "k8s.io/kubernetes/pkg/kubelet/config"
	versions       = "k8s.io/kubernetes/pkg/kubelet/apis/config/v1beta1"
	types          = "k8s.io/kubelet/config/v1beta1"
	logging        = "k8s.io/component-base/logs/api/v1"
)

// The packages whose gates a kubelet registers: its own, those that these import, and those that cmd/kubelet/app/server.go adds.
var gatePackages = []string{
	"k8s.io/kubernetes/pkg/features", "k8s.io/apiserver/pkg/features", "k8s.io/apiextensions-apiserver/pkg/features", "k8s.io/client-go/features",
	logging, "k8s.io/component-base/metrics/features", "k8s.io/component-base/zpages/features", "k8s.io/component-base/featuregate",
}

// The libraries whose own flags the kubelet takes over by name.
var libraries = []string{"github.com/google/cadvisor", "k8s.io/kubernetes/pkg/credentialprovider"}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: go run . TAG OWNER/NAME@COMMIT FOLDER")
		os.Exit(2)
	}
	facts, err := factsOf(os.Args[1], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	facts.Source = os.Args[2]
	printed := json.NewEncoder(os.Stdout)
	printed.SetEscapeHTML(false)
	printed.SetIndent("", " ")
	if err := printed.Encode(facts); err != nil {
		panic(err)
	}
}

func factsOf(tag, folder string) (facts *Facts, err error) {
	var minor int
	if _, err := fmt.Sscanf(tag, "v1.%d.", &minor); err != nil || strings.Contains(tag, "-") {
		return nil, fmt.Errorf("%s is not the tag of a release", tag)
	}
	tree := &sources{root: folder, packages: map[string]*pkg{}, read: map[string]string{}, jsonPaths: map[string]string{}}
	defer func() {
		if problem, ok := recover().(sourceError); ok {
			facts, err = nil, problem
		}
	}()
	facts = &Facts{Tag: tag, Packages: tree.read}
	facts.Flags = tree.flags()
	facts.Gates = tree.gates(minor)
	facts.Fields = tree.fields()
	facts.Defaults = tree.assignments(versions, "SetDefaults_KubeletConfiguration")
	facts.LegacyDefaults = tree.assignments(options, "applyLegacyDefaults")
	for what, count := range map[string]int{"flags": len(facts.Flags), "gates": len(facts.Gates), "fields": len(facts.Fields), "defaults": len(facts.Defaults), "legacy defaults": len(facts.LegacyDefaults)} {
		if count == 0 {
			return nil, fmt.Errorf("%s: no %s", folder, what)
		}
	}
	return facts, nil
}

// flags are those that the kubelet's options define, and those of libraries that it registers by name.
func (tree *sources) flags() map[string]Flag {
	flags := map[string]Flag{
		// Two that libraries add without naming them in a call: cobra, and component-base/version/verflag.
		"help":    {Type: "Bool"},
		"version": {Type: "Bool"},
	}
	ofLibraries := map[string]string{}
	for _, library := range libraries {
		for _, path := range tree.below(library) {
			for _, file := range tree.load(path).files {
				eachCall(file.syntax, func(receiver, function string, call *ast.CallExpr) {
					if (receiver == "flag" || receiver == "pflag") && len(call.Args) > 1 && isFlagType(function) {
						if name, ok := tree.text(path, file, call.Args[0]); ok {
							ofLibraries[name] = function
						}
					}
				})
			}
		}
	}
	for _, path := range []string{options, runtimeOptions, logging} {
		if !tree.has(path) {
			continue
		}
		for _, file := range tree.load(path).files {
			for _, declaration := range file.syntax.Decls {
				function, ok := declaration.(*ast.FuncDecl)
				if !ok || (path != options && !strings.EqualFold(function.Name.Name, "addFlags")) {
					continue
				}
				spared := sparedFrom(function)
				eachCall(function, func(_, called string, call *ast.CallExpr) {
					switch kind, isVariable := strings.CutSuffix(strings.TrimSuffix(called, "P"), "Var"); {
					case isVariable && len(call.Args) > 2:
						name, ok := tree.text(path, file, call.Args[1])
						if !ok {
							return
						}
						if kind == "" {
							kind = tree.typeName(call.Args[0])
						}
						// Each flag that stands for a field of the configuration is deprecated but for those that its function spares.
						forField := function.Name.Name == "AddKubeletConfigFlags" || path == logging
						flags[name] = Flag{Type: kind, Deprecated: forField && !spared[name], Windows: file.windowsOnly}
					case called == "MarkDeprecated":
						name := tree.mustText(path, file, call.Args[0])
						flag, isDefined := flags[name]
						if !isDefined {
							fail("--%s is deprecated before it is defined", name)
						}
						flag.Deprecated = true
						flags[name] = flag
					case called == "register" || called == "registerDeprecated" || called == "pflagRegister":
						name, ok := tree.text(path, file, call.Args[2])
						if !ok {
							return
						}
						kind, ok := ofLibraries[name]
						if !ok {
							fail("no library defines the flag %s", name)
						}
						flags[strings.ReplaceAll(name, "_", "-")] = Flag{Type: kind, Deprecated: called == "registerDeprecated", Windows: file.windowsOnly}
					}
				})
			}
		}
	}
	for name, spared := range tree.sparedOfConfiguration() {
		flag, ok := flags[name]
		if ok && spared {
			flag.Deprecated = false
			flags[name] = flag
		}
	}
	return flags
}

func isFlagType(function string) bool {
	switch function {
	case "String", "Bool", "Int", "Duration", "Float64", "StringSlice":
		return true
	}
	return false
}

// sparedFrom are the keys of the map notDeprecated in such a function.
func sparedFrom(function *ast.FuncDecl) map[string]bool {
	spared := map[string]bool{}
	ast.Inspect(function, func(node ast.Node) bool {
		assign, ok := node.(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 1 || len(assign.Rhs) != 1 {
			return true
		}
		name, isName := assign.Lhs[0].(*ast.Ident)
		literal, isLiteral := assign.Rhs[0].(*ast.CompositeLit)
		if !isName || !isLiteral || name.Name != "notDeprecated" {
			return true
		}
		for _, element := range literal.Elts {
			if pair, ok := element.(*ast.KeyValueExpr); ok {
				if key, ok := pair.Key.(*ast.BasicLit); ok {
					if text, err := strconv.Unquote(key.Value); err == nil {
						spared[text] = true
					}
				}
			}
		}
		return true
	})
	return spared
}

// sparedOfConfiguration also holds for the flags of logging, which the same function adds.
func (tree *sources) sparedOfConfiguration() map[string]bool {
	function, _ := tree.function(options, "AddKubeletConfigFlags")
	return sparedFrom(function)
}

// gates are the specifications of a map of feature gates, as the newest one up to this minor version says.
func (tree *sources) gates(minor int) map[string]Gate {
	gates := map[string]Gate{}
	needs := map[string][]string{}
	for _, path := range gatePackages {
		if !tree.has(path) {
			continue
		}
		for _, file := range tree.load(path).files {
			ast.Inspect(file.syntax, func(node ast.Node) bool {
				literal, ok := node.(*ast.CompositeLit)
				if !ok {
					return true
				}
				mapType, ok := literal.Type.(*ast.MapType)
				if !ok {
					return true
				}
				list, isList := mapType.Value.(*ast.ArrayType)
				switch {
				case isList && tree.typeName(list.Elt) == "Feature":
					for key, value := range pairs(literal) {
						for _, needed := range value.(*ast.CompositeLit).Elts {
							needs[tree.mustText(path, file, key)] = append(needs[tree.mustText(path, file, key)], tree.mustText(path, file, needed))
						}
					}
				case tree.typeName(mapType.Value) == "VersionedSpecs" || tree.typeName(mapType.Value) == "FeatureSpec":
					for key, value := range pairs(literal) {
						if gate, ok := tree.gateAt(path, file, value, minor); ok {
							gates[tree.mustText(path, file, key)] = gate
						}
					}
				}
				return true
			})
		}
	}
	for name, needed := range needs {
		if gate, ok := gates[name]; ok {
			sort.Strings(needed)
			gate.Needs = needed
			gates[name] = gate
		}
	}
	return gates
}

// gateAt reads one specification, or a list of them with versions, oldest first.
func (tree *sources) gateAt(path string, file *sourceFile, value ast.Expr, minor int) (gate Gate, known bool) {
	literal, ok := value.(*ast.CompositeLit)
	if !ok {
		fail("%s: the specification of a feature gate is not a literal", path)
	}
	specs := []*ast.CompositeLit{literal}
	if len(literal.Elts) > 0 {
		if _, isList := literal.Elts[0].(*ast.CompositeLit); isList {
			specs = nil
			for _, element := range literal.Elts {
				specs = append(specs, element.(*ast.CompositeLit))
			}
		}
	}
	for _, spec := range specs {
		from, isPlain := 0, true
		at := Gate{Stage: "GA"}
		for key, value := range pairs(spec) {
			switch key.(*ast.Ident).Name {
			case "Default":
				at.Default = tree.evaluate(path, file, value) == true
			case "LockToDefault":
				at.Locked = tree.evaluate(path, file, value) == true
			case "PreRelease":
				at.Stage = tree.typeName(value)
			case "MinCompatibilityVersion":
				isPlain = false
			case "Version":
				if call, ok := value.(*ast.CallExpr); ok && tree.typeName(call.Fun) == "MustParse" {
					if _, err := fmt.Sscanf(tree.mustText(path, file, call.Args[0]), "1.%d", &from); err != nil {
						fail("%s: a gate of version %s", path, tree.mustText(path, file, call.Args[0]))
					}
				}
			}
		}
		if isPlain && from <= minor {
			gate, known = at, true
		}
	}
	return gate, known
}

// fields are the paths of a KubeletConfiguration, each with its type as the decoder takes it.
func (tree *sources) fields() map[string]string {
	fields := map[string]string{}
	tree.addFields(fields, place{path: types, name: "KubeletConfiguration"})
	return fields
}

// place is a struct, and where its fields are: below which keys, and below which names in Go.
type place struct {
	path, name, prefix, goPrefix string
}

func (tree *sources) addFields(fields map[string]string, at place) {
	path, name, prefix := at.path, at.name, at.prefix
	file, expression := tree.typeNamed(path, name)
	structure, ok := expression.(*ast.StructType)
	if !ok {
		fail("%s.%s is not a struct", path, name)
	}
	for _, field := range structure.Fields.List {
		tag := ""
		if field.Tag != nil {
			text, _ := strconv.Unquote(field.Tag.Value)
			tag = structTag(text)
		}
		key, _, _ := strings.Cut(tag, ",")
		if key == "-" {
			continue
		}
		if len(field.Names) == 0 && key == "" {
			if tree.typeName(field.Type) == "TypeMeta" {
				continue
			}
			in, inner := tree.where(path, file, field.Type)
			tree.addFields(fields, place{in, inner, prefix, at.goPrefix})
			continue
		}
		kind, in, inner := tree.kindOf(path, file, field.Type)
		goPath := at.goPrefix + field.Names[0].Name
		fields[prefix+key] = kind
		tree.jsonPaths[goPath] = prefix + key
		if strings.TrimPrefix(kind, "*") == "struct" {
			tree.addFields(fields, place{in, inner, prefix + key + ".", goPath + "."})
		}
	}
}

func structTag(text string) string {
	_, rest, found := strings.Cut(text, `json:"`)
	if !found {
		return ""
	}
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// kindOf is `string`, `*int32`, `[]string`, `map[string]string`, `struct`; of a type with its own decoder, its name.
func (tree *sources) kindOf(path string, file *sourceFile, expression ast.Expr) (kind, in, inner string) {
	switch node := expression.(type) {
	case *ast.StarExpr:
		kind, in, inner = tree.kindOf(path, file, node.X)
		return "*" + kind, in, inner
	case *ast.ArrayType:
		kind, in, inner = tree.kindOf(path, file, node.Elt)
		return "[]" + kind, in, inner
	case *ast.MapType:
		key, _, _ := tree.kindOf(path, file, node.Key)
		value, in, inner := tree.kindOf(path, file, node.Value)
		return "map[" + key + "]" + value, in, inner
	case *ast.Ident, *ast.SelectorExpr:
		if name := tree.typeName(expression); isBasic(name) {
			return name, "", ""
		}
		in, inner = tree.where(path, file, expression)
		if !tree.has(in) || tree.decodesItself(in, inner) {
			return inner, "", ""
		}
		declaredIn, declared := tree.typeNamed(in, inner)
		if _, isStruct := declared.(*ast.StructType); isStruct {
			return "struct", in, inner
		}
		return tree.kindOf(in, declaredIn, declared)
	}
	fail("%s: a field of an unknown type", path)
	return "", "", ""
}

func isBasic(name string) bool {
	switch name {
	case "string", "bool", "int", "int32", "int64", "uint32", "uint64", "float64":
		return true
	}
	return false
}

// assignments are the values that a function of defaults gives to fields, by their path. What depends on another field is left out: a test asks for
// each setting that is judged.
func (tree *sources) assignments(path, name string) map[string]any {
	values := map[string]any{}
	function, file := tree.function(path, name)
	target := function.Type.Params.List[0].Names[0].Name
	var visit func(statements []ast.Stmt)
	visit = func(statements []ast.Stmt) {
		for _, statement := range statements {
			switch node := statement.(type) {
			case *ast.IfStmt:
				if node.Else == nil {
					visit(node.Body.List)
				}
			case *ast.AssignStmt:
				field, ok := fieldPath(node.Lhs[0], target)
				if !ok {
					continue
				}
				key, isField := tree.jsonPaths[field]
				if !isField {
					fail("%s sets %s, which is no field", name, field)
				}
				if value := tree.evaluate(path, file, node.Rhs[0]); value != nil {
					values[key] = value
				}
			}
		}
	}
	visit(function.Body.List)
	return values
}

func fieldPath(expression ast.Expr, target string) (string, bool) {
	var names []string
	for {
		selector, ok := expression.(*ast.SelectorExpr)
		if !ok {
			break
		}
		names = append([]string{selector.Sel.Name}, names...)
		expression = selector.X
	}
	name, ok := expression.(*ast.Ident)
	return strings.Join(names, "."), ok && name.Name == target && len(names) > 0
}

func (tree *sources) below(library string) []string {
	folder, ok := tree.folderOf(library)
	if !ok {
		return nil
	}
	var paths []string
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			inside, _ := filepath.Rel(folder, path)
			paths = append(paths, filepath.ToSlash(filepath.Join(library, inside)))
		}
		return err
	})
	if err != nil {
		fail("%v", err)
	}
	return paths
}
