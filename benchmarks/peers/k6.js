// A closed loop, as the others do it.
import http from 'k6/http';

export const options = { discardResponseBodies: true };

export default function () {
  http.get(__ENV.BENCH_URL);
}
