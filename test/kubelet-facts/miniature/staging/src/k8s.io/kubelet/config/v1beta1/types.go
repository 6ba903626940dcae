package v1beta1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

type KubeletConfiguration struct {
	metav1.TypeMeta `json:",inline"`
	EnableServer    *bool           `json:"enableServer,omitempty"`
	Address         string          `json:"address,omitempty"`
	ProviderID      string          `json:"providerID,omitempty"`
	ReadOnlyPort    int32           `json:"readOnlyPort,omitempty"`
	SyncFrequency   metav1.Duration `json:"syncFrequency,omitempty"`
	MemorySwap      MemorySwap      `json:"memorySwap,omitempty"`
}

type MemorySwap struct {
	SwapBehavior string `json:"swapBehavior,omitempty"`
}
