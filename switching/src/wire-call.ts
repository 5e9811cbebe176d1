/** How a request that kafkajs does not know, or not in this version, is sent over its connection. */

/** A request of our own making: what follows the header that kafkajs writes, and how to read what follows the answer's. */
export interface WireCall<Answer> {
  readonly name: string;
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly body: Buffer;
  decode(payload: Buffer): Answer;
}
