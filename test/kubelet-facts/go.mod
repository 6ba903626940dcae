module eks-kubelet-audit/kubelet-facts

go 1.24
