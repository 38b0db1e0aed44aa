; The installer and the uninstaller; make_installer.py gives the names in ${capitals}.
;
; For one user, without administrator's rights.  Silent: setup.exe /S [/AUTOSTART=1] [/D=folder]; it ends with 0, or with
; 5 where a running app could not be closed and nothing was changed.  Installing over an installation repairs or upgrades
; it.  Silent removal (uninstall.exe /S) keeps the user's data, unless /DELETEDATA is said.

Unicode true
Target amd64-unicode
ManifestDPIAware true
ManifestSupportedOS Win10
RequestExecutionLevel user
!if "${COMPRESSOR}" == "zlib"
    SetCompressor zlib
!else
    SetCompressor /SOLID lzma
!endif

!include MUI2.nsh
!include LogicLib.nsh
!include FileFunc.nsh
!include Sections.nsh
!include WinVer.nsh
!include x64.nsh
!include Win\COM.nsh
!include Win\Propkey.nsh

!define NAME "Qwen Desktop"
!define WINDOW "QwenDesktop.exe"
!define CONSOLE "qwen-desktop.exe"
!define SCHEME "qwen-desktop"
!define APP_USER_MODEL_ID "io.github.qwendesktop.QwenDesktop" ; launcher.c gives the process the same
!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\QwenDesktop"
!define RUN_KEY "Software\Microsoft\Windows\CurrentVersion\Run" ; as desktop/autostart.py has it
!define APPROVED_KEY "Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
!define APP_PATHS_KEY "Software\Microsoft\Windows\CurrentVersion\App Paths\${CONSOLE}"
!define IN_USE 5

Name "${NAME}"
OutFile "${MADE}"
InstallDir "$LOCALAPPDATA\Programs\${NAME}"
InstallDirRegKey HKCU "${UNINSTALL_KEY}" "InstallLocation"
BrandingText " "
ShowInstDetails nevershow
ShowUninstDetails nevershow
AllowSkipFiles off
CRCCheck on

VIProductVersion "${VERSION_NUMBERS}"
VIAddVersionKey "ProductName" "${NAME}"
VIAddVersionKey "FileDescription" "${NAME} Setup"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "ProductVersion" "${VERSION}"
VIAddVersionKey "CompanyName" "Qwen Desktop contributors"
VIAddVersionKey "LegalCopyright" "Apache-2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_WELCOMEFINISHPAGE_BITMAP "${SIDE}"
!define MUI_COMPONENTSPAGE_SMALLDESC
!define MUI_ABORTWARNING
!define MUI_FINISHPAGE_RUN "$INSTDIR\${WINDOW}"
!insertmacro MUI_PAGE_COMPONENTS
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English" ; the first is taken where Windows speaks neither
!insertmacro MUI_LANGUAGE "SimpChinese"

!macro Words name english chinese
    LangString ${name} ${LANG_ENGLISH} "${english}"
    LangString ${name} ${LANG_SIMPCHINESE} "${chinese}"
!macroend
!insertmacro Words AppPart "${NAME}" "Qwen 桌面版"
!insertmacro Words AppPartMore "The app, its entry in the Start menu, and links that begin with qwen-desktop:" "程序本身、开始菜单项，以及以 qwen-desktop: 开头的链接"
!insertmacro Words DesktopPart "Shortcut on the desktop" "桌面快捷方式"
!insertmacro Words DesktopPartMore "An icon on the desktop" "在桌面上放置图标"
!insertmacro Words AutostartPart "Start when I log in" "登录时启动"
!insertmacro Words AutostartPartMore "Starts in the background, in the notification area. Can be changed in the app's settings." "在后台启动，驻留在通知区域。可在程序的设置中更改。"
!insertmacro Words DataPart "Delete my chats, settings and keys too" "同时删除我的聊天记录、设置和密钥"
!insertmacro Words DataPartMore "Deletes for good what the app has stored on this computer. Otherwise it is there again after installing anew." "永久删除程序在此电脑上保存的全部内容。如不勾选，重新安装后仍可继续使用。"
!insertmacro Words TooOld "${NAME} needs 64-bit Windows 10, version 1809, or newer." "Qwen 桌面版需要 64 位 Windows 10（1809 版）或更高版本。"
!insertmacro Words StillOpen "${NAME} is open. Close it, also in the notification area, then try again." "Qwen 桌面版正在运行。请将其关闭（包括通知区域中的图标），然后重试。"
!insertmacro Words Closing "Closing ${NAME} …" "正在关闭 Qwen 桌面版……"
!insertmacro Words DataLeft "Some of the stored data could not be deleted. They are in $LOCALAPPDATA\qwen-desktop." "部分数据未能删除，位于 $LOCALAPPDATA\qwen-desktop。"

Var was_open

; The app open, and closed

!macro Closing un
; 1 on the stack while a program of the installation runs: Windows lets nobody write to its file.
Function ${un}IsOpen
    Push $0
    Push $1
    StrCpy $0 0
    ${If} ${FileExists} "$INSTDIR\${WINDOW}"
        ClearErrors
        FileOpen $1 "$INSTDIR\${WINDOW}" a
        ${If} ${Errors}
            StrCpy $0 1
        ${Else}
            FileClose $1
        ${EndIf}
    ${EndIf}
    ${If} ${FileExists} "$INSTDIR\${CONSOLE}"
        ClearErrors
        FileOpen $1 "$INSTDIR\${CONSOLE}" a
        ${If} ${Errors}
            StrCpy $0 1
        ${Else}
            FileClose $1
        ${EndIf}
    ${EndIf}
    ClearErrors
    Pop $1
    Exch $0
FunctionEnd

; Asks the app to end, which keeps what is being written, and waits until it has.  Where it cannot: asks the user, or
; ends with IN_USE.
Function ${un}CloseApp
    StrCpy $was_open 0
    ${Do}
        Call ${un}IsOpen
        Pop $0
        ${If} $0 == 0
            ${Break}
        ${EndIf}
        StrCpy $was_open 1
        DetailPrint "$(Closing)"
        nsExec::Exec '"$INSTDIR\${CONSOLE}" --quit'
        Pop $0
        ; The file is free a moment after its process.
        StrCpy $1 0
        ${Do}
            Call ${un}IsOpen
            Pop $0
            ${If} $0 == 0
            ${OrIf} $1 == 20
                ${Break}
            ${EndIf}
            Sleep 100
            IntOp $1 $1 + 1
        ${Loop}
        ${If} $0 != 0
            MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(StillOpen)" /SD IDCANCEL IDRETRY +3
            SetErrorLevel ${IN_USE}
            Quit
            Nop
        ${EndIf}
    ${Loop}
FunctionEnd

; Deletes what installed.txt lists, and nothing else; folders only when they are empty by then.
Function ${un}DeleteFiles
    ClearErrors
    FileOpen $0 "$INSTDIR\installed.txt" r
    ${IfNot} ${Errors}
        SetDetailsPrint none
        ${Do}
            FileRead $0 $1
            ${If} ${Errors}
                ${Break}
            ${EndIf}
            StrCpy $2 $1 1
            StrCpy $3 $1 -2 2 ; without its kind and the end of the line
            ${If} $2 == "F"
                Delete "$INSTDIR\$3"
            ${ElseIf} $2 == "D"
                RMDir /r "$INSTDIR\$3\__pycache__"
                RMDir "$INSTDIR\$3"
            ${EndIf}
            ClearErrors
        ${Loop}
        FileClose $0
        Delete "$INSTDIR\installed.txt"
        SetDetailsPrint both
    ${EndIf}
    ClearErrors
FunctionEnd
!macroend
!insertmacro Closing ""
!insertmacro Closing "un."

; Installing

; The taskbar joins the shortcut's icon with the windows by this name, and notifications are under it.
!macro SetAppUserModelId shortcut
    !insertmacro ComHlpr_CreateInProcInstance ${CLSID_ShellLink} ${IID_IShellLink} r0 ""
    ${If} $0 P<> 0
        ${IUnknown::QueryInterface} $0 '("${IID_IPersistFile}",.r1)'
        ${If} $1 P<> 0
            ${IPersistFile::Load} $1 '("${shortcut}",${STGM_READWRITE})'
            ${IUnknown::QueryInterface} $0 '("${IID_IPropertyStore}",.r2)'
            ${If} $2 P<> 0
                System::Call 'ole32::CoTaskMemAlloc(p 256)p.r3'
                System::Call 'kernel32::lstrcpyW(p r3,w "${APP_USER_MODEL_ID}")'
                System::Call '*${SYSSTRUCT_PROPERTYKEY}(${PKEY_AppUserModel_ID})p.r4'
                System::Call '*(&i2 31,&i6,p r3,p)p.r5' ; a PROPVARIANT of VT_LPWSTR
                ${IPropertyStore::SetValue} $2 '(r4,r5)'
                ${IPropertyStore::Commit} $2 ""
                System::Call 'ole32::CoTaskMemFree(p r3)'
                System::Free $4
                System::Free $5
                ${IUnknown::Release} $2 ""
                ${IPersistFile::Save} $1 '("${shortcut}",1)'
            ${EndIf}
            ${IUnknown::Release} $1 ""
        ${EndIf}
        ${IUnknown::Release} $0 ""
    ${EndIf}
!macroend

Section "$(AppPart)" app_part
    SectionIn RO
    Call CloseApp
    Call DeleteFiles ; of the version before
    SetOutPath "$INSTDIR"
    SetOverwrite on
    File /r "${FILES}"
    WriteUninstaller "$INSTDIR\uninstall.exe"

    CreateShortcut "$SMPROGRAMS\${NAME}.lnk" "$INSTDIR\${WINDOW}"
    !insertmacro SetAppUserModelId "$SMPROGRAMS\${NAME}.lnk"

    WriteRegStr HKCU "Software\Classes\${SCHEME}" "" "URL:${NAME}"
    WriteRegStr HKCU "Software\Classes\${SCHEME}" "URL Protocol" ""
    WriteRegStr HKCU "Software\Classes\${SCHEME}\DefaultIcon" "" '"$INSTDIR\${WINDOW}",0'
    WriteRegStr HKCU "Software\Classes\${SCHEME}\shell\open\command" "" '"$INSTDIR\${WINDOW}" "%1"'
    WriteRegStr HKCU "${APP_PATHS_KEY}" "" "$INSTDIR\${CONSOLE}"

    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "${NAME}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\${WINDOW},0"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "Qwen Desktop contributors"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\uninstall.exe"'
    WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\uninstall.exe" /S'
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${SIZE_KB}
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1 ; starting the installer again repairs

    ; The app's own setting wrote this: it goes on, from where the app is now.
    ReadRegStr $0 HKCU "${RUN_KEY}" "${NAME}"
    ${If} $0 != ""
        WriteRegStr HKCU "${RUN_KEY}" "${NAME}" '"$INSTDIR\${WINDOW}" --hidden'
    ${EndIf}
    System::Call 'shell32::SHChangeNotify(i 0x08000000,i 0,p 0,p 0)' ; icons and links are others now
SectionEnd

Section /o "$(DesktopPart)" desktop_part
    CreateShortcut "$DESKTOP\${NAME}.lnk" "$INSTDIR\${WINDOW}"
    !insertmacro SetAppUserModelId "$DESKTOP\${NAME}.lnk"
SectionEnd

Section /o "$(AutostartPart)" autostart_part
    WriteRegStr HKCU "${RUN_KEY}" "${NAME}" '"$INSTDIR\${WINDOW}" --hidden'
    DeleteRegValue HKCU "${APPROVED_KEY}" "${NAME}"
SectionEnd

Section "-last"
    ${IfNot} ${Silent}
    ${AndIfNot} ${SectionIsSelected} ${autostart_part}
        DeleteRegValue HKCU "${RUN_KEY}" "${NAME}"
        DeleteRegValue HKCU "${APPROVED_KEY}" "${NAME}"
    ${EndIf}
    ${If} ${Silent}
    ${AndIf} $was_open == 1
        Exec '"$INSTDIR\${WINDOW}" --hidden'
    ${EndIf}
SectionEnd

!insertmacro MUI_FUNCTION_DESCRIPTION_BEGIN
    !insertmacro MUI_DESCRIPTION_TEXT ${app_part} "$(AppPartMore)"
    !insertmacro MUI_DESCRIPTION_TEXT ${desktop_part} "$(DesktopPartMore)"
    !insertmacro MUI_DESCRIPTION_TEXT ${autostart_part} "$(AutostartPartMore)"
!insertmacro MUI_FUNCTION_DESCRIPTION_END

Function .onInit
    ${IfNot} ${RunningX64}
    ${OrIfNot} ${AtLeastBuild} 17763
        MessageBox MB_OK|MB_ICONSTOP "$(TooOld)" /SD IDOK
        SetErrorLevel 1
        Quit
    ${EndIf}
    ; Ticked is what is so already.
    ${If} ${FileExists} "$DESKTOP\${NAME}.lnk"
        !insertmacro SelectSection ${desktop_part}
    ${EndIf}
    ReadRegStr $0 HKCU "${RUN_KEY}" "${NAME}"
    ${If} $0 != ""
    ${AndIfNot} ${Silent}
        !insertmacro SelectSection ${autostart_part}
    ${EndIf}
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/AUTOSTART=" $1
    ${If} $1 == 1
        !insertmacro SelectSection ${autostart_part}
    ${EndIf}
    ClearErrors
FunctionEnd

; Removing

Section /o "un.$(DataPart)" data_part
    Call un.CloseApp
    ExecWait '"$INSTDIR\${WINDOW}" erase-everything' $0
    ${If} $0 != 0
        MessageBox MB_OK|MB_ICONEXCLAMATION "$(DataLeft)" /SD IDOK
    ${EndIf}
SectionEnd

Section "un.$(AppPart)"
    SectionIn RO
    Call un.CloseApp
    SetOutPath "$TEMP" ; the folder one is in cannot be deleted
    Call un.DeleteFiles
    Delete "$INSTDIR\uninstall.exe"
    RMDir "$INSTDIR"
    RMDir "$LOCALAPPDATA\Programs" ; if nobody else is in it
    Delete "$SMPROGRAMS\${NAME}.lnk"
    Delete "$DESKTOP\${NAME}.lnk"
    DeleteRegKey HKCU "Software\Classes\${SCHEME}"
    DeleteRegKey HKCU "${APP_PATHS_KEY}"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
    DeleteRegValue HKCU "${RUN_KEY}" "${NAME}"
    DeleteRegValue HKCU "${APPROVED_KEY}" "${NAME}"
    System::Call 'shell32::SHChangeNotify(i 0x08000000,i 0,p 0,p 0)'
SectionEnd

Function un.onInit
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/DELETEDATA" $1
    ${IfNot} ${Errors}
        !insertmacro SelectSection ${data_part}
    ${EndIf}
    ClearErrors
FunctionEnd

!insertmacro MUI_UNFUNCTION_DESCRIPTION_BEGIN
    !insertmacro MUI_DESCRIPTION_TEXT ${data_part} "$(DataPartMore)"
!insertmacro MUI_UNFUNCTION_DESCRIPTION_END
