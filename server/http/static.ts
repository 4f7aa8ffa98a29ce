import { extname } from 'node:path';
import express, { type RequestHandler, type Response } from 'express';

interface Options {
  /** What a folder's own address gives; none unless said. */
  index?: string;
  /** Pages whose addresses have no ending: `/admin`. */
  pages?: readonly string[];
  /** Names change with contents: a year, `immutable`. */
  hashed?: boolean;
}

/** Copies that the build leaves beside a file, by the coding that a client must take; the smallest first. */
const COPIES = [
  { coding: 'br', suffix: '.br' },
  { coding: 'gzip', suffix: '.gz' },
] as const;

/**
 * Sends the files of a folder, as the compressed copy beside one where there is one that the client takes. A file
 * that is not there is left to the next handler.
 */
export function staticFiles(
  folder: string,
  { index, pages = [], hashed = false }: Options = {},
): RequestHandler {
  const caching = hashed ? { immutable: true, maxAge: '1y' } : {};
  const common = { ...caching, redirect: false, fallthrough: true };
  const files = express.static(folder, { ...common, index: index ?? false, setHeaders: varies });
  const copies = express.static(folder, { ...common, index: false, setHeaders: asCompressed });
  return (req, res, next) => {
    const original = req.url;
    const { path } = req;
    const isPage = pages.includes(path);
    const file = isPage
      ? `${path}.html`
      : index !== undefined && path.endsWith('/')
        ? `${path}${index}`
        : path;
    const accepted = COPIES.filter(({ coding }) => req.acceptsEncodings(coding) !== false);
    const attempt = ([copy, ...others]: typeof accepted): void => {
      req.url = copy ? `${file}${copy.suffix}` : isPage ? file : original;
      (copy ? copies : files)(req, res, (error?: unknown) => {
        req.url = original;
        if (error !== undefined || !copy) next(error);
        else attempt(others);
      });
    };
    attempt(accepted);
  };
}

function varies(res: Response): void {
  res.vary('Accept-Encoding');
}

function asCompressed(res: Response, path: string): void {
  varies(res);
  const copy = COPIES.find(({ suffix }) => path.endsWith(suffix));
  if (!copy) return;
  res.setHeader('Content-Encoding', copy.coding);
  res.type(extname(path.slice(0, -copy.suffix.length)));
}
