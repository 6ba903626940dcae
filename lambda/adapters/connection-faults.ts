/** What it means, by the code of Node's error, that a node's own port gave no answer. */
export const connectionFaults: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was reset',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no route to it from here',
  ENETUNREACH: 'there is no route to it from here',
  CLOSED: 'the connection was closed before the answer was whole',
  TOO_LARGE: 'it sent far more than a kubelet answers',
  ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR:
    'it ended the TLS handshake with the alert "internal error": it has no serving certificate yet (its signing request waits for approval)',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it speaks neither TLS 1.2 nor 1.3',
};
