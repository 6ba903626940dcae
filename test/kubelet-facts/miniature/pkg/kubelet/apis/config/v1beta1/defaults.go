package v1beta1

import (
	"time"

	config "k8s.io/kubelet/config/v1beta1"
)

func SetDefaults_KubeletConfiguration(obj *config.KubeletConfiguration) {
	if obj.EnableServer == nil {
		obj.EnableServer = ptr.To(true)
	}
	if obj.SyncFrequency == zeroDuration {
		obj.SyncFrequency = metav1.Duration{Duration: 90 * time.Second}
	}
}
