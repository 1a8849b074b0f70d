"""What JavaScript, browsers, Node and the test runners bring without an import, by name."""

from typing import Final

GLOBALS: Final = frozenset(
    """
    AbortController AbortSignal AggregateError Array ArrayBuffer ArrayBufferView ArrayConstructor ArrayLike
    AsyncFunction AsyncGenerator AsyncIterable AsyncIterableIterator AsyncIterator Atomics Audio AudioContext
    Awaited BigInt BigInt64Array BigUint64Array Blob Boolean BroadcastChannel Buffer BufferEncoding BufferSource
    CSSStyleDeclaration CanvasRenderingContext2D Capitalize ClassDecorator ClipboardEvent CloseEvent ConcatArray
    ConstructorParameters CryptoKey CustomEvent DOMException DOMParser DOMRect DataTransfer DataView Date Document
    DocumentFragment DragEvent Element Error ErrorConstructor ErrorEvent EvalError Event EventListener EventSource
    EventTarget Exclude Extract File FileList FileReader FinalizationRegistry Float32Array Float64Array FocusEvent
    FormData Function FunctionConstructor Generator GeneratorFunction HTMLAnchorElement HTMLButtonElement
    HTMLCanvasElement HTMLDivElement HTMLElement HTMLElementTagNameMap HTMLFormElement HTMLIFrameElement
    HTMLImageElement HTMLInputElement HTMLSelectElement HTMLSpanElement HTMLTextAreaElement HTMLVideoElement
    Headers HeadersInit History IArguments ImageData Infinity InputEvent InstanceType Int16Array Int32Array
    Int8Array IntersectionObserver Intl Iterable IterableIterator Iterator IteratorResult JSON JSX KeyboardEvent
    Location Lowercase Map Math MediaQueryList MessageChannel MessageEvent MessagePort MethodDecorator MouseEvent
    MutationObserver NaN Navigator Node NodeJS NodeList NodeListOf NodeRequire NonNullable Notification Number
    NumberConstructor Object ObjectConstructor Omit OmitThisParameter ParameterDecorator Parameters Partial
    Performance PerformanceObserver Pick PointerEvent PopStateEvent ProgressEvent Promise PromiseConstructor
    PromiseConstructorLike PromiseFulfilledResult PromiseLike PromiseRejectedResult PromiseSettledResult
    PropertyDecorator PropertyDescriptor PropertyDescriptorMap PropertyKey Proxy ProxyHandler RangeError
    ReadableStream Readonly ReadonlyArray ReadonlyMap ReadonlySet Record ReferenceError Reflect RegExp
    RegExpConstructor RegExpExecArray RegExpMatchArray Request RequestInfo RequestInit Required ResizeObserver
    Response ResponseInit ReturnType SVGElement SVGSVGElement Selection Set SharedArrayBuffer Storage StorageEvent
    String StringConstructor SubmitEvent Symbol SymbolConstructor SyntaxError TemplateStringsArray Text
    TextDecoder TextEncoder Thenable ThisParameterType ThisType TouchEvent TransformStream TransitionEvent
    TypeError TypedArray TypedPropertyDescriptor UIEvent URIError URL URLSearchParams Uint16Array Uint32Array
    Uint8Array Uint8ClampedArray Uncapitalize Uppercase WeakMap WeakRef WeakSet WebAssembly WebGLRenderingContext
    WebSocket WheelEvent Window Worker WritableStream XMLHttpRequest __dirname __filename addEventListener after
    afterAll afterEach alert arguments assert atob before beforeAll beforeEach btoa cancelAnimationFrame chrome
    clearImmediate clearInterval clearTimeout confirm console context crypto customElements decodeURI
    decodeURIComponent define describe dispatchEvent document encodeURI encodeURIComponent escape eval expect
    exports fetch frames getComputedStyle global globalThis history importScripts indexedDB innerHeight innerWidth
    isFinite isNaN it jest localStorage location matchMedia module name navigator onmessage open origin parent
    parseFloat parseInt performance postMessage print process prompt queueMicrotask removeEventListener
    requestAnimationFrame requestIdleCallback require screen scroll scrollTo self sessionStorage setImmediate
    setInterval setTimeout specify structuredClone suite test toString top undefined unescape vi vitest window
    xdescribe xit
    """.split()  # noqa: SIM905
)
ITERABLES: Final = frozenset({
    "Array", "ReadonlyArray", "Set", "ReadonlySet", "Iterable", "Iterator", "IterableIterator", "Generator",
    "AsyncIterable", "AsyncIterator", "AsyncIterableIterator", "AsyncGenerator", "ArrayLike", "ConcatArray",
})  # fmt: skip
SAME: Final = frozenset({"Partial", "Readonly", "Required", "NonNullable", "Pick", "Omit", "ThisType"})
"""Types whose members are those of their first argument."""
TYPE_FUNCTIONS: Final = SAME | {
    "Record", "ReturnType", "InstanceType", "Awaited", "Exclude", "Extract", "Parameters", "ConstructorParameters",
}  # fmt: skip
PRIMITIVES: Final = frozenset({
    "js.String", "js.Number", "js.Boolean", "js.RegExp", "js.Date", "js.BigInt", "js.Symbol",
})  # fmt: skip
FUNCTION_MEMBERS: Final = frozenset({"apply", "bind", "call", "length", "name", "prototype", "toString"})
