/** Modules that run programs or code, or reach files, processes or the network; with all that is in them. */
const harmfulModules = names(`
  _aix_support _osx_support _posixsubprocess _pyrepl _thread aiohttp antigravity asyncio bdb cPickle cProfile cffi cloudpickle
  codeop commands ctypes dill distutils doctest ensurepip fileinput ftplib http httpx idlelib imaplib imp importlib lib2to3
  marshal multiprocessing nntplib nt ntpath os pdb pickle pip pkg_resources pkgutil popen2 poplib posix posixpath pty pydoc
  requests runpy setuptools shelve shutil smtplib socket socketserver subprocess sys telnetlib tempfile threading timeit
  urllib urllib2 urllib3 venv webbrowser xmlrpc zipimport
`);

/** The same in modules that are harmless elsewhere, or share their name with other people's; with all below each. */
const harmfulNames = [
  ...names(`
    code.InteractiveConsole code.InteractiveInterpreter code.interact codecs.open io.FileIO io.open joblib.load
    numpy.distutils numpy.f2py numpy.fromfile numpy.load numpy.memmap numpy.testing operator.attrgetter operator.methodcaller
    pandas.eval pandas.io.pickle pandas.read_pickle profile.run profile.runctx test.support torch.hub torch.jit torch.load
    torch.package torch.serialization.load torch.storage._load_from_bytes torch.utils.bottleneck torch.utils.collect_env
    torch.utils.cpp_extension trace.Trace types.CodeType types.FunctionType
  `),
];

const builtinModules = names("builtins __builtin__");
const harmfulBuiltins = names(`
  __import__ apply breakpoint compile delattr eval exec execfile exit file globals help input locals open quit raw_input reload
  setattr vars
`);

function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/**
 * Whether a name is one that hostile pickles ask for and data never do. No safety hangs on the list, since nothing that a
 * pickle names is ever run here; but who is given such a file should know it, before Python is given it.
 * @param fullName module and name, "os.system"
 */
export function isHarmful(fullName: string): boolean {
  const [top, next] = fullName.split(".");
  if (builtinModules.has(top)) return harmfulBuiltins.has(next);
  if (harmfulModules.has(top)) return true;
  return harmfulNames.some((name) => fullName === name || fullName.startsWith(`${name}.`));
}
