/** Which accounts a run audits. Infra writes it into the environment as JSON, wiring reads it. */
export type AccountScope =
  /** The account of the hub alone. */
  | { readonly kind: 'own' }
  /** These accounts, by their 12 digits; nothing is asked of AWS Organizations. */
  | { readonly kind: 'accounts'; readonly accounts: readonly string[] }
  /** Every active account of the organization, or of these organizational units and all below them, but the excluded ones. */
  | { readonly kind: 'organization'; readonly units: readonly string[]; readonly exclude: readonly string[] };
