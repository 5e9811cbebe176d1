/** No cluster to start on was found within the connect time-out; the message says what stood in the way. */
export class NoPlaceToStart extends Error {
  override readonly name = 'NoPlaceToStart';
  readonly retriable = true;
}
