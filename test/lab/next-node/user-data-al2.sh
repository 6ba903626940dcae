#!/bin/bash
set -e
export REGISTRY_TOKEN=EXAMPLEshellToken1Yx6
/etc/eks/bootstrap.sh payments --kubelet-extra-args '--node-labels=team=payments --anonymous-auth=true'
