import { createHash } from 'node:crypto'
import {
  type Attributes,
  context,
  propagation,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  BatchSpanProcessor,
  RandomIdGenerator,
  type Sampler,
  SamplingDecision,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { BullMQOtel } from 'bullmq-otel'
import { Fault } from '../../contracts/fault.ts'
import type { PipelineArgs } from '../../jobs/pipeline.ts'
import { codeOf } from '../../sinks/send.ts'
import { bareUrl } from '../answer.ts'
import type { Claim } from '../kernel/claim.ts'
import type { Came, Traces } from './traces.ts'

/** Traces through OpenTelemetry, for this process. */
export function otelTraces(exporter: SpanExporter, environment: string): Traces {
  const ids = givenIds()
  const processor = new BatchSpanProcessor({ exporter })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'boomerang', 'deployment.environment.name': environment }),
    idGenerator: ids,
    sampler: onlyRuns,
    spanProcessors: [processor],
  })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const tracer = provider.getTracer('boomerang')
  return {
    step: (held, work) =>
      context.with(underRun(held.run), () =>
        tracer.startActiveSpan(`step ${held.step.job}`, { attributes: ofStep(held) }, span =>
          work(came => tell(span, came)).finally(() => span.end()),
        ),
      ),
    request: ({ method, url }, work) =>
      tracer.startActiveSpan(method, { kind: SpanKind.CLIENT, attributes: ofRequest(method, url) }, span =>
        answered(span, work).finally(() => span.end()),
      ),
    ended({ id, kind, slot, state, created_at, ended_at }) {
      const attributes = {
        'boomerang.run': id,
        'boomerang.kind': kind,
        'boomerang.slot': slot,
        'boomerang.state': state,
      }
      const terms = { startTime: created_at, attributes, root: true }
      const span = ids.as(spanOfRun(id), () => tracer.startSpan(`run ${kind}`, terms))
      if (state === 'failed') span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(ended_at ?? created_at)
    },
    queue: {
      telemetry: new BullMQOtel({ tracerName: 'boomerang' }),
      metadataOf(run) {
        const carrier: Record<string, string> = {}
        propagation.inject(trace.setSpanContext(context.active(), spanOfRun(run)), carrier)
        return JSON.stringify(carrier)
      },
    },
    async close() {
      await provider.shutdown().catch(() => undefined)
      trace.disable()
      context.disable()
      propagation.disable()
    },
  }
}

/** The span of a run, as every process knows it: from the run's id. */
function spanOfRun(run: string): SpanContext {
  const hash = createHash('sha256').update(run).digest('hex')
  return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48), traceFlags: TraceFlags.SAMPLED, isRemote: true }
}

/** Within the span of the run, unless what woke the step is within it already. */
function underRun(run: string) {
  const known = trace.getSpanContext(context.active())
  const own = spanOfRun(run)
  return known?.traceId === own.traceId ? context.active() : trace.setSpanContext(context.active(), own)
}

/** Random ids, but while those of a span are given. */
function givenIds() {
  const random = new RandomIdGenerator()
  let given: SpanContext | undefined
  return {
    generateSpanId: () => given?.spanId ?? random.generateSpanId(),
    generateTraceId: () => given?.traceId ?? random.generateTraceId(),
    as<T>(ids: SpanContext, work: () => T): T {
      given = ids
      try {
        return work()
      } finally {
        given = undefined
      }
    },
  }
}

/** Spans of runs and what is beneath them: a queue that looks for work is not told of. */
const onlyRuns: Sampler = {
  shouldSample: (under, _traceId, _name, _kind, attributes) => ({
    decision:
      attributes['boomerang.run'] !== undefined || trace.getSpanContext(under)?.traceFlags === TraceFlags.SAMPLED
        ? SamplingDecision.RECORD_AND_SAMPLED
        : SamplingDecision.NOT_RECORD,
  }),
  toString: () => 'runs and what is beneath them',
}

function ofStep({ run, step, attempt, token }: Claim): Attributes {
  const { pipeline, connection } = step.args as unknown as Partial<PipelineArgs>
  return {
    'boomerang.run': run,
    'boomerang.step': step.id,
    'boomerang.attempt': attempt,
    'boomerang.token': token,
    ...(pipeline === undefined ? {} : { 'boomerang.pipeline': pipeline }),
    ...(connection === undefined ? {} : { 'boomerang.connection': connection }),
  }
}

function tell(span: Span, { outcome, counts = {}, fault }: Came): void {
  span.setAttribute('boomerang.outcome', outcome)
  for (const [what, count] of Object.entries(counts)) span.setAttribute(`boomerang.count.${what}`, count)
  if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: `${fault.what} (${fault.where})` })
}

/** https://opentelemetry.io/docs/specs/semconv/http/http-spans/ */
const ofRequest = (method: string, url: string): Attributes => ({
  'http.request.method': method,
  'url.full': bareUrl(url),
  'server.address': URL.parse(url)?.hostname ?? '',
})

/** Of what broke only its name is told: its words may quote an address with all that is secret in it. */
async function answered(span: Span, work: () => Promise<Response>): Promise<Response> {
  try {
    const response = await work()
    span.setAttribute('http.response.status_code', response.status)
    if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
    return response
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Fault ? error.what : codeOf(error) })
    throw error
  }
}
