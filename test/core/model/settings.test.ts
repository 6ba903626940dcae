import { expect, it } from 'vitest';
import type { KubeletFacts } from '../../../lambda/core/model/model.ts';
import { settingPaths } from '../../../lambda/core/model/settings.ts';
import { parseCommandLine } from '../../../lambda/core/read/kubelet/command-line/command-line.ts';
import { readConfigz } from '../../../lambda/core/read/kubelet/configz/configz.ts';
import { effectiveConfiguration } from '../../../lambda/core/read/kubelet/effective.ts';
import { nodeWith } from '../read/kubelet/node-with.ts';

const values = (facts: KubeletFacts) =>
  Object.fromEntries(
    settingPaths.flatMap((path) => {
      const fact = facts.settings[path];
      return fact.state === 'known' ? [[path, fact.value]] : [];
    }),
  );
const started = (parts: Parameters<typeof nodeWith>[0]) => {
  const facts = effectiveConfiguration(nodeWith(parts), 'ssm');
  return facts.ok && values(facts.value);
};

// `kubelet --help` of 1.34.9.
it('are each set by their flag', () => {
  const given = [
    '--client-ca-file=/ca',
    '--anonymous-auth=true',
    '--authentication-token-webhook=true',
    '--authorization-mode=Webhook',
    '--read-only-port=1',
    '--streaming-connection-idle-timeout=5m',
    '--protect-kernel-defaults=true',
    '--make-iptables-util-chains=false',
    '--event-qps=2',
    '--rotate-certificates=true',
    '--rotate-server-certificates=true',
    '--feature-gates=RotateKubeletServerCertificate=true',
  ];
  const flags = parseCommandLine({ from: 'proc', arguments: ['kubelet', ...given] });
  expect(flags.ok && [...flags.value.settings].map(([path, value]) => `${path}=${value}`)).toEqual([
    'authentication.x509.clientCAFile=/ca',
    'authentication.anonymous.enabled=true',
    'authentication.webhook.enabled=true',
    'authorization.mode=Webhook',
    'readOnlyPort=1',
    'streamingConnectionIdleTimeout=5m0s',
    'protectKernelDefaults=true',
    'makeIPTablesUtilChains=false',
    'eventRecordQPS=2',
    'rotateCertificates=true',
    'serverTLSBootstrap=true',
  ]);
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
