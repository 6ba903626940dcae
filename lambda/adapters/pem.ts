const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The certificate blocks of a PEM bundle, in their order; whether they can be read is for their reader to say. */
export const certificateBlocks = (pem: string): readonly string[] => pem.match(block) ?? [];
