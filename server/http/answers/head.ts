import { validateHeaderValue, type ServerResponse } from 'node:http';

/** Up to so many bytes it is less work to write a body together with its head than beside it. */
const ONE_PIECE_BYTES = 8_192;
const LINE_END = '\r\n';

/** Headers, names and values in turn, as they stand in a head. @throws TypeError where a value would break it */
export function headLines(headers: readonly string[]): string {
  let lines = '';
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    validateHeaderValue(name, value);
    lines += `${name}: ${value}${LINE_END}`;
  }
  return lines;
}

/** What `writeHead` hands on to. It is not documented, but every version of Node has it. */
interface StoresHeader {
  _storeHeader?: (firstLines: string, headers: readonly string[]) => void;
}

/**
 * Answers 200 with lines that were made by `headLines`, a length and a body. Node looks at every header of every answer;
 * twenty that are the same each time cost it as much as the rest of a small answer.
 */
export function answerWhole(res: ServerResponse, lines: string, body: Buffer, sendsBody: boolean): void {
  const length = ['Content-Length', String(body.length)];
  const head = res as StoresHeader;
  res.statusCode = 200;
  if (head._storeHeader) head._storeHeader(`HTTP/1.1 200 OK${LINE_END}${lines}`, length);
  else res.writeHead(200, [...headersIn(lines), ...length]);
  if (!sendsBody) res.end();
  else if (body.length <= ONE_PIECE_BYTES) res.end(body.toString('latin1'), 'latin1');
  else res.end(body);
}

/** The headers of lines again. */
export function headersIn(lines: string): string[] {
  return lines.split(LINE_END).flatMap((line) => {
    const colon = line.indexOf(': ');
    return colon === -1 ? [] : [line.slice(0, colon), line.slice(colon + 2)];
  });
}
