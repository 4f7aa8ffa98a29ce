import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Request, Response } from 'express';
import { AppError } from '../errors.ts';
import { toAppError } from '../http/answers/problem.ts';
import { packageVersion } from '../tools/paths.ts';
import { MCP_TOOLS, Refused, type Reach, type Result } from './tools.ts';

const INSTRUCTIONS =
  'Choropleth maps of this server. Begin with listChoropleths. A region whose status is not ok has no value: ' +
  'suppressed ones are hidden as so few are counted, and are not to be guessed from others.';

/**
 * Answers one message of the Model Context Protocol: nothing is kept from one to the next, so any instance may answer.
 * The library is loaded with the first of them, as most servers are never asked.
 */
export async function answerMessage(
  reach: Reach,
  message: unknown,
  { req, res }: { req: Request; res: Response },
): Promise<void> {
  const { McpServer } = await import('@modelcontextprotocol/sdk/server/mcp.js');
  const { StreamableHTTPServerTransport } =
    await import('@modelcontextprotocol/sdk/server/streamableHttp.js');
  const server = new McpServer(
    { name: 'chorograph', version: packageVersion() },
    { instructions: INSTRUCTIONS },
  );
  for (const [name, { description, parameters, as, run }] of Object.entries(MCP_TOOLS)) {
    server.registerTool(
      name,
      {
        description,
        inputSchema: parameters,
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      (args: unknown) =>
        told(reach, { req, res }, () =>
          reach.ctx.limits.countedAs({ method: 'get', path: as }, { req, res }, () =>
            run(reach, args as never),
          ),
        ),
    );
  }
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
  res.once('close', () => void server.close());
  await server.connect(transport as Transport);
  await transport.handleRequest(req, res, message);
}

/** What went wrong with a call is told to who called; what is wrong with the server is noted, and says its code alone. */
async function told(
  { ctx, sight }: Reach,
  { req, res }: { req: Request; res: Response },
  work: () => Promise<Result>,
): Promise<CallToolResult> {
  try {
    const result = await work();
    if ('document' in result) {
      const { document } = result;
      return { content: [{ type: 'text', text: JSON.stringify(document) }], structuredContent: document };
    }
    const { data, type } = result.picture;
    return { content: [{ type: 'image', data: data.toString('base64'), mimeType: type }] };
  } catch (thrown) {
    // Whoever came with a token that is not good is told that, as everywhere.
    const wrong = sight.refusal && isMissing(thrown) ? sight.refusal : thrown;
    if (wrong instanceof Refused) return refused(wrong.code, wrong.message);
    const error = toAppError(wrong);
    if (error.status < 500) return refused(error.code, error.members.detail ?? error.title);
    const requestId = String(res.getHeader('X-Request-Id') ?? '');
    ctx.observe({ type: 'request.failed', requestId, path: req.path, error });
    return refused(error.code, error.title);
  }
}

const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Refused
    ? thrown.code === 'choropleth_not_found'
    : thrown instanceof AppError && thrown.status === 404;

const refused = (code: string, detail: string): CallToolResult => ({
  isError: true,
  content: [{ type: 'text', text: `${code}: ${detail}` }],
});
