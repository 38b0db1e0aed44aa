/* QwenDesktop.exe (a window) and qwen-desktop.exe (the same app in a console): Python, taken from the folder beside.

Two programs, since one of the windows' kind cannot print to the console it was started from, and one of the console's
kind opens a console.  The window's is compiled with HAS_NO_CONSOLE.
*/

#include "made.h" /* by make_installer.py: PYTHON_DLL */
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#define LONGEST_PATH 32768
#define APP_USER_MODEL_ID L"io.github.qwendesktop.QwenDesktop" /* installer.nsi gives the shortcut the same */

typedef int (*PythonMain)(int, wchar_t **);
typedef HRESULT(WINAPI *SetAppId)(PCWSTR);

static int fail(const wchar_t *what) {
    int is_chinese = PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_CHINESE;
    const wchar_t *remedy = is_chinese ? L"程序文件不完整，请重新安装 Qwen 桌面版。"
                                       : L"Files of the program are missing. Install Qwen Desktop again.";
#ifdef HAS_NO_CONSOLE
    wchar_t text[LONGEST_PATH + 200];
    swprintf(text, LONGEST_PATH + 200, L"%ls\n\n%ls", remedy, what);
    MessageBoxW(NULL, text, L"Qwen Desktop", MB_OK | MB_ICONERROR);
#else
    DWORD written;
    HANDLE console = GetStdHandle(STD_ERROR_HANDLE);
    if (!WriteConsoleW(console, remedy, (DWORD)wcslen(remedy), &written, NULL))
        fwprintf(stderr, L"%ls", L"qwen-desktop: files of the program are missing");
    fwprintf(stderr, L" (%ls)\n", what);
#endif
    return 1;
}

/* Buttons of the taskbar, pinned icons and notifications belong together by this name. */
static void set_app_id(void) {
    HMODULE shell = LoadLibraryExW(L"shell32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    SetAppId set = shell ? (SetAppId)(void *)GetProcAddress(shell, "SetCurrentProcessExplicitAppUserModelID") : NULL;
    if (set)
        set(APP_USER_MODEL_ID);
}

static int run(int count, wchar_t **arguments) {
    static wchar_t folder[LONGEST_PATH], library[LONGEST_PATH + 64], script[LONGEST_PATH + 64];
    DWORD length = GetModuleFileNameW(NULL, folder, LONGEST_PATH);
    wchar_t *end = length && length < LONGEST_PATH ? wcsrchr(folder, L'\\') : NULL;
    if (!end)
        return fail(L"GetModuleFileName");
    *end = 0;
    SetDllDirectoryW(L""); /* nothing is loaded from the folder the app is called in */
    swprintf(library, LONGEST_PATH + 64, L"%ls\\python\\%ls", folder, PYTHON_DLL);
    swprintf(script, LONGEST_PATH + 64, L"%ls\\app\\start.py", folder);
    HMODULE python = LoadLibraryExW(library, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    PythonMain python_main = python ? (PythonMain)(void *)GetProcAddress(python, "Py_Main") : NULL;
    if (!python_main)
        return fail(library);
    if (GetFileAttributesW(script) == INVALID_FILE_ATTRIBUTES)
        return fail(script);
#ifdef HAS_NO_CONSOLE
    set_app_id();
#endif
    /* The ._pth file beside the library isolates it: no PYTHON* variables, no packages of the user. */
    wchar_t **words = calloc((size_t)count + 4, sizeof *words);
    if (!words)
        return fail(L"memory");
    int n = 0;
    words[n++] = arguments[0];
    words[n++] = L"-X";
    words[n++] = L"utf8"; /* what goes into a pipe or a file is UTF-8, whatever the console's code page */
    words[n++] = script;
    for (int i = 1; i < count; i++)
        words[n++] = arguments[i];
    return python_main(n, words);
}

#ifdef HAS_NO_CONSOLE
int WINAPI wWinMain(HINSTANCE instance, HINSTANCE previous, PWSTR line, int show) {
    (void)instance, (void)previous, (void)line, (void)show;
    return run(__argc, __wargv);
}
#else
int wmain(int count, wchar_t **arguments) {
    (void)set_app_id;
    return run(count, arguments);
}
#endif
