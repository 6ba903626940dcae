/**
 * Who our findings come from: the first part of every GeneratorId, Id and ProductFields name. Equals `productName` of
 * lambda/contract, which core can't import; a test compares the two.
 */
export const product = 'eks-kubelet-audit';

/** What GetFindings is filtered by: the default product ARN is shared by every custom tool of the account. */
export const generatorIdPrefix = `${product}/`;
