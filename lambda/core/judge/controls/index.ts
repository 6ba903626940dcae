import type { Control } from '../control.ts';
import { clientCaExpiry, clientCaFilePresent, clientCaIsClusterCa } from './client-ca-controls.ts';
import { clientCaFile } from './client-ca-file.ts';
import { configMode, configOwner, kubeconfigMode, kubeconfigOwner } from './file-controls.ts';
import { clusterProxyHolders } from './proxy-holders.ts';
import { servingCertificate } from './serving-certificate.ts';
import {
  anonymousAuth,
  authorizationMode,
  eventQps,
  hostnameOverride,
  iptablesChains,
  protectKernelDefaults,
  readOnlyPort,
  rotateCertificates,
  rotateServerCertificate,
  streamingTimeout,
} from './setting-controls.ts';

/** Every control of this program, in benchmark order, then our own checks. The next one is one call and one line. */
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
