import type { Control } from '../control.ts';
import { anonymousAuth } from './anonymous-auth.ts';
import { authorizationMode } from './authorization-mode.ts';
import { clientCaExpiry } from './client-ca-expiry.ts';
import { clientCaFile } from './client-ca-file.ts';
import { clientCaFilePresent } from './client-ca-file-present.ts';
import { clientCaIsClusterCa } from './client-ca-is-cluster-ca.ts';
import { eventQps } from './event-qps.ts';
import { configMode, configOwner, kubeconfigMode, kubeconfigOwner } from './file-controls.ts';
import { hostnameOverride } from './hostname-override.ts';
import { iptablesChains } from './iptables-chains.ts';
import { protectKernelDefaults } from './protect-kernel-defaults.ts';
import { clusterProxyHolders } from './proxy-holders.ts';
import { readOnlyPort } from './read-only-port.ts';
import { rotateCertificates } from './rotate-certificates.ts';
import { rotateServerCertificate } from './rotate-server-certificate.ts';
import { servingCertificate } from './serving-certificate.ts';
import { streamingTimeout } from './streaming-timeout.ts';

/** Every control of this program, in benchmark order, then our own checks. The next one is one file and one line. */
export const controls: readonly Control[] = [
  kubeconfigMode,
  kubeconfigOwner,
  configMode,
  configOwner,
  anonymousAuth,
  authorizationMode,
  clientCaFile,
  readOnlyPort,
  streamingTimeout,
  protectKernelDefaults,
  iptablesChains,
  hostnameOverride,
  eventQps,
  rotateCertificates,
  rotateServerCertificate,
  clusterProxyHolders,
  clientCaFilePresent,
  clientCaIsClusterCa,
  clientCaExpiry,
  servingCertificate,
];
