import type { SettingPath } from '../../model/settings.ts';

/** How a kubelet refuses `system:anonymous`. The second spelling of the subresource is of kubelets before 1.33. */
export const isAnonymousRefusal = (body: string): boolean =>
  /^Forbidden \(user=system:anonymous, verb=get, resource=nodes, subresource/.test(body);

/**
 * What a kubelet shows of itself by that answer, to any caller: it let an anonymous client in and then authorized it, which AlwaysAllow never refuses.
 * Source: kubernetes `pkg/kubelet/server/server.go` `InstallAuthFilter`, `cmd/kubelet/app/auth.go`; measured on 1.29, 1.34 and 1.35.
 */
export const shownByAnonymousRefusal = {
  'authentication.anonymous.enabled': true,
  'authorization.mode': 'Webhook',
} as const satisfies Partial<Record<SettingPath, unknown>>;
