#!/bin/sh
# eks-kubelet-audit-remediate/1: fixes the kubelet's configuration on this node, and puts everything back when the kubelet does not come back well.
# It is told what to fix by names from a fixed list and which CA to trust by SHA-256; every value and every path is written here or found here.
if [ -z "${SSM_Controls+x}" ]; then export SSM_Controls="{{Controls}}"; fi
if [ -z "${SSM_CaSha256+x}" ]; then export SSM_CaSha256="{{CaSha256}}"; fi
if [ -z "${SSM_Mode+x}" ]; then export SSM_Mode="{{Mode}}"; fi
if [ -z "${SSM_Method+x}" ]; then export SSM_Method="{{Method}}"; fi
set -eu
rollback_after=@ROLLBACK_AFTER@
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
set -f
umask 077
tab=$(printf '\t')

home=/var/lib/eks-kubelet-audit/remediation
current=$home/current
timer=eks-kubelet-audit-rollback
boot_unit=/etc/systemd/system/eks-kubelet-audit-rollback-boot.service
boot_link=/etc/systemd/system/multi-user.target.wants/eks-kubelet-audit-rollback-boot.service
units=/etc/systemd/system
own_drop_in=$units/kubelet.service.d/90-eks-kubelet-audit.conf
usual_ca=/etc/kubernetes/pki/ca.crt
size_limit=65536

@INCLUDE answer.sh@
@INCLUDE parameters.sh@
@INCLUDE machine.sh@
@INCLUDE files.sh@
@INCLUDE effective.sh@
@INCLUDE client-ca.sh@
@INCLUDE edits.sh@
@INCLUDE arguments.sh@
@INCLUDE plan.sh@
@INCLUDE apply.sh@
