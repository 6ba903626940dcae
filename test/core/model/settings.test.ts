import { expect, it } from 'vitest';
import type { KubeletFacts } from '../../../lambda/core/model/model.ts';
import { settingPaths } from '../../../lambda/core/model/settings.ts';
import { parseCommandLine } from '../../../lambda/core/read/kubelet/command-line/command-line.ts';
import { readConfigz } from '../../../lambda/core/read/kubelet/configz/configz.ts';
import { effectiveConfiguration } from '../../../lambda/core/read/kubelet/effective.ts';
import { nodeWith } from '../read/kubelet/node-with.ts';

const values = ({ settings }: KubeletFacts) => {
  const known = settingPaths.map((key) => [key, settings[key]] as const).filter(([, { state }]) => state === 'known');
  return Object.fromEntries(known.map(([path, fact]) => [path, Object(fact).value]));
};
const started = (parts: Parameters<typeof nodeWith>[0]) => {
  const facts = effectiveConfiguration(nodeWith(parts), 'ssm');
  return facts.ok && values(facts.value);
};

// `kubelet --help` of 1.34.9.
it('are each set by their flag', () => {
  const given = {
    'client-ca-file=/ca': 'authentication.x509.clientCAFile=/ca',
    'anonymous-auth=true': 'authentication.anonymous.enabled=true',
    'authentication-token-webhook=true': 'authentication.webhook.enabled=true',
    'authorization-mode=Webhook': 'authorization.mode=Webhook',
    'read-only-port=1': 'readOnlyPort=1',
    'streaming-connection-idle-timeout=5m': 'streamingConnectionIdleTimeout=5m0s',
    'protect-kernel-defaults=true': 'protectKernelDefaults=true',
    'make-iptables-util-chains=false': 'makeIPTablesUtilChains=false',
    'event-qps=2': 'eventRecordQPS=2',
    'rotate-certificates=true': 'rotateCertificates=true',
    'rotate-server-certificates=true': 'serverTLSBootstrap=true',
  };
  const words = [...Object.keys(given), 'feature-gates=RotateKubeletServerCertificate=true'].map((word) => `--${word}`);
  const flags = parseCommandLine({ from: 'proc', arguments: ['kubelet', ...words] });
  const read = flags.ok && [...flags.value.settings].map(([path, value]) => `${path}=${value}`);
  expect(read).toEqual(Object.values(given));
  expect(flags.ok && flags.value.featureGates).toEqual(new Map([['RotateKubeletServerCertificate', true]]));
});

// Measured: what kubelets 1.29 to 1.35 run with where nothing is said.
it('have the defaults of a kubelet with an empty configuration file, and the legacy ones of one without', () => {
  const defaults = {
    'authentication.x509.clientCAFile': '',
    'authentication.anonymous.enabled': false,
    'authentication.webhook.enabled': true,
    'authorization.mode': 'Webhook',
    readOnlyPort: 0,
    streamingConnectionIdleTimeout: '4h0m0s',
    protectKernelDefaults: false,
    makeIPTablesUtilChains: true,
    eventRecordQPS: 50,
    rotateCertificates: false,
    serverTLSBootstrap: false,
    'featureGates.RotateKubeletServerCertificate': undefined,
  };
  expect(started({ file: {} })).toEqual(defaults);
  expect(started({})).toEqual({
    ...defaults,
    'authentication.anonymous.enabled': true,
    'authentication.webhook.enabled': false,
    'authorization.mode': 'AlwaysAllow',
    readOnlyPort: 10_255,
  });
});

// Measured: what Go's omitempty leaves out of configz.
it('are zero where configz leaves them out, and unknown where it never does', () => {
  const facts = readConfigz('{"kubeletconfig":{"authentication":{"x509":{}}}}');
  expect(facts.ok && values(facts.value)).toEqual({
    'authentication.x509.clientCAFile': '',
    readOnlyPort: 0,
    protectKernelDefaults: false,
    rotateCertificates: false,
    serverTLSBootstrap: false,
    'featureGates.RotateKubeletServerCertificate': undefined,
  });
});
