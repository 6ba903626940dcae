# What is asked: names from fixed lists and fingerprints, held to their forms once more.

case $mode in dry-run | apply) ;; *) refuse bad-parameter 'Mode is neither dry-run nor apply' ;; esac
case $method in auto | config-file | systemd-arguments) ;; *) refuse bad-parameter 'Method is none of auto, config-file, systemd-arguments' ;; esac
case $SSM_CaSha256 in *[!0-9a-f,]*) refuse bad-parameter 'CaSha256 is no list of SHA-256 in lower-case hexadecimal digits' ;; esac
case $SSM_Controls in '' | *[!a-z,-]*) refuse bad-parameter 'Controls is no list of controls' ;; esac

trust=$(printf '%s' "$SSM_CaSha256" | tr ',' ' ')
for each in $trust; do
  [ "${#each}" = 64 ] || refuse bad-parameter 'CaSha256 is no list of SHA-256 in lower-case hexadecimal digits'
done

settings=
modes=
for each in $(printf '%s' "$SSM_Controls" | tr ',' ' '); do
  case $each in
@CONTROLS@
    *) refuse bad-parameter "$each is no control that is fixed on a node" ;;
  esac
done
once() { printf '%s\n' "$@" | sort -u | sed '/^$/d'; }
# shellcheck disable=SC2086 # words from the list above
settings=$(once $settings) modes=$(once $modes | tr '\n' ' ')

# about SETTING: its flag, what it is to be, and whether its default is enough with a configuration file (absent) and without one (legacy).
about() {
  kind=bool absent=good legacy=good
  case $1 in
    authentication.x509.clientCAFile) flag=client-ca-file kind=string wanted=$ca absent=bad legacy=bad ;;
    authentication.anonymous.enabled) flag=anonymous-auth wanted=false legacy=bad ;;
    authorization.mode) flag=authorization-mode kind=string wanted=Webhook legacy=bad ;;
    readOnlyPort) flag=read-only-port kind=int wanted=0 legacy=bad ;;
    streamingConnectionIdleTimeout) flag=streaming-connection-idle-timeout kind=string wanted=4h0m0s ;;
    protectKernelDefaults) flag=protect-kernel-defaults wanted=true absent=bad legacy=bad ;;
    makeIPTablesUtilChains) flag=make-iptables-util-chains wanted=true ;;
    eventRecordQPS) flag=event-qps kind=int wanted=50 ;;
    rotateCertificates) flag=rotate-certificates wanted=true ;;
    serverTLSBootstrap) flag=rotate-server-certificates wanted=true absent=bad legacy=bad ;;
    featureGates.RotateKubeletServerCertificate) flag=feature-gates kind=gate wanted=true absent=bad legacy=bad ;;
  esac
}
