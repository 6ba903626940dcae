#!/bin/sh
# eks-kubelet-audit-remediate/1: fixes the kubelet's configuration on this node, and puts everything back when the kubelet does not come back well.
# It gets names from a fixed list of what to fix, and the SHA-256 of the CA to trust. Every value and every path is written here or found here.
: "${SSM_Controls={{Controls}}}"
: "${SSM_CaSha256={{CaSha256}}}"
: "${SSM_Mode={{Mode}}}"
: "${SSM_StableSeconds={{StableSeconds}}}"
: "${SSM_Run={{Run}}}"
: "${SSM_Touched={{Touched}}}"
PATH=/usr/sbin:/usr/bin:/sbin:/bin
common_text() {
  cat <<'END_OF_COMMON'
@INCLUDE common.sh@
END_OF_COMMON
}
eval "$(common_text)"

own_drop_in=99-eks-kubelet-audit.conf
usual_ca=/etc/kubernetes/pki/ca.crt
size_limit=65536
# Every path is one of this machine.
root=

@INCLUDE answer.sh@
@INCLUDE parameters.sh@
@INCLUDE machine.sh@
@INCLUDE since-start.sh@
@INCLUDE files.sh@
@INCLUDE effective.sh@
@INCLUDE client-ca.sh@
@INCLUDE edits.sh@
@INCLUDE arguments.sh@
@INCLUDE plan.sh@
@INCLUDE changed-since.sh@
@INCLUDE undo.sh@
@INCLUDE apply.sh@
@INCLUDE flow.sh@
