package features

const (
	NewThing  featuregate.Feature = "NewThing"
	OldThing  featuregate.Feature = "OldThing"
	LateThing featuregate.Feature = "LateThing"
)

var versioned = map[featuregate.Feature]featuregate.VersionedSpecs{
	NewThing: {
		{Version: version.MustParse("1.35"), Default: false, PreRelease: featuregate.Alpha},
		{Version: version.MustParse("1.36"), Default: true, PreRelease: featuregate.Beta},
	},
	OldThing: {
		{Version: version.MustParse("1.30"), Default: true, PreRelease: featuregate.Beta},
		{Version: version.MustParse("1.34"), Default: true, LockToDefault: true, PreRelease: featuregate.GA},
	},
	LateThing: {
		{Version: version.MustParse("1.37"), Default: false, PreRelease: featuregate.Alpha},
	},
}

var needs = map[featuregate.Feature][]featuregate.Feature{
	NewThing: {OldThing},
}
