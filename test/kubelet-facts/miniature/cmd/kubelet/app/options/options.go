package options

import (
	"github.com/spf13/pflag"
	config "k8s.io/kubelet/config/v1beta1"
)

const portOfReaders = 10255

func (f *Flags) AddFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.Config, "config", f.Config, "a file")
	fs.Int32Var(&f.Old, "old-number", 1, "a number")
	fs.MarkDeprecated("old-number", "use a file")
}

func AddKubeletConfigFlags(fs *pflag.FlagSet, c *config.KubeletConfiguration) {
	notDeprecated := map[string]bool{"provider-id": true}
	fs.BoolVar(&c.EnableServer, "enable-server", c.EnableServer, "whether it listens")
	fs.Var(&utilflag.IPVar{Val: &c.Address}, "address", "an address")
	fs.StringVar(&c.ProviderID, "provider-id", "", "an id")
}

func applyLegacyDefaults(kc *config.KubeletConfiguration) {
	kc.ReadOnlyPort = portOfReaders
}
