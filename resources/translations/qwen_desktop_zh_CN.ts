<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
  <context>
    <name>qwen_desktop</name>
    <message>
      <source>$ (USD)</source>
      <translation>$（美元）</translation>
    </message>
    <message>
      <source>1 chat was exported to {path}.</source>
      <translation>已将 1 个对话导出到 {path}。</translation>
    </message>
    <message>
      <source>1 chat was imported.</source>
      <translation>已导入 1 个对话。</translation>
    </message>
    <message>
      <source>1 message</source>
      <translation>1 条消息</translation>
    </message>
    <message>
      <source>1 older message was not sent</source>
      <translation>有 1 条较早的消息未发送</translation>
    </message>
    <message>
      <source>1 older message was not sent: it does not fit into what the model reads.</source>
      <translation>有 1 条较早的消息未发送：超出了模型能读取的长度。</translation>
    </message>
    <message>
      <source>1 picture</source>
      <translation>1 张图片</translation>
    </message>
    <message>
      <source>1 picture: {names}</source>
      <translation>1 张图片：{names}</translation>
    </message>
    <message>
      <source>1 turn left out</source>
      <translation>已略去 1 轮</translation>
    </message>
    <message>
      <source>A file or a folder of another kind is in the place of {path}. Move it away, then try again.</source>
      <translation>{path} 的位置上有其他文件或文件夹。请将其移走，然后重试。</translation>
    </message>
    <message>
      <source>A key is kept. Leave the field empty to keep it.</source>
      <translation>已保存密钥。留空则继续使用它。</translation>
    </message>
    <message>
      <source>A name in {path} is longer than the disk allows. Choose a shorter one.</source>
      <translation>{path} 中的名称超出了磁盘允许的长度。请换一个较短的名称。</translation>
    </message>
    <message>
      <source>A part of it was not counted by the service.</source>
      <translation>其中一部分服务未计数。</translation>
    </message>
    <message>
      <source>A picture of an earlier turn cannot be used. Leave out the turns with pictures, or try again.</source>
      <translation>较早轮次中的某张图片无法使用。请略去带图的轮次，或重试。</translation>
    </message>
    <message>
      <source>A picture of the earlier turn “{turn}” cannot be used. Leave that turn out, or try again.</source>
      <translation>较早一轮“{turn}”中的图片无法使用。请略去那一轮，或重试。</translation>
    </message>
    <message>
      <source>A picture of this chat is missing from the folder attachments. Put the file back, or edit the prompt and take the picture out.</source>
      <translation>此对话的一张图片不在 attachments 文件夹中。请放回文件，或编辑提问并移除该图片。</translation>
    </message>
    <message>
      <source>A picture of this chat was changed in the folder attachments since it was added, so it is not sent. Edit the prompt and add the picture again.</source>
      <translation>此对话的一张图片在添加后于 attachments 文件夹中被改动过，因此不会发送。请编辑提问并重新添加图片。</translation>
    </message>
    <message>
      <source>A reply can end at up to 16 texts of 1 to 200 characters. Nothing was sent; change them in the settings.</source>
      <translation>停止文本最多 16 个，每个 1 到 200 个字符。请求未发送，请在设置中修改。</translation>
    </message>
    <message>
      <source>A reply is being written. Stop it, or wait for it.</source>
      <translation>正在生成回复。请停止它，或等它完成。</translation>
    </message>
    <message>
      <source>A secure connection to {host} cannot be made. Check the network or the proxy.</source>
      <translation>无法与 {host} 建立安全连接。请检查网络或代理。</translation>
    </message>
    <message>
      <source>A window to find and start models; switch its server on</source>
      <translation>用窗口查找和启动模型；需打开它的服务器</translation>
    </message>
    <message>
      <source>API key</source>
      <translation>API 密钥</translation>
    </message>
    <message>
      <source>API keys</source>
      <translation>API 密钥</translation>
    </message>
    <message>
      <source>API key…</source>
      <translation>API 密钥…</translation>
    </message>
    <message>
      <source>About</source>
      <translation>关于</translation>
    </message>
    <message>
      <source>About {tokens} of the {limit} tokens that the model reads.</source>
      <translation>约占模型可读取的 {limit} 个 token 中的 {tokens} 个。</translation>
    </message>
    <message>
      <source>Account: {name}</source>
      <translation>账号：{name}</translation>
    </message>
    <message>
      <source>Accounts</source>
      <translation>账号</translation>
    </message>
    <message>
      <source>Accounts…</source>
      <translation>账号…</translation>
    </message>
    <message>
      <source>Add account</source>
      <translation>添加账号</translation>
    </message>
    <message>
      <source>Add and use</source>
      <translation>添加并使用</translation>
    </message>
    <message>
      <source>Address</source>
      <translation>地址</translation>
    </message>
    <message>
      <source>Against its usual size</source>
      <translation>相对于通常大小</translation>
    </message>
    <message>
      <source>Alibaba Cloud, workspace or plan</source>
      <translation>阿里云，业务空间或套餐</translation>
    </message>
    <message>
      <source>Alibaba Cloud, {region}</source>
      <translation>阿里云，{region}</translation>
    </message>
    <message>
      <source>All back to their defaults</source>
      <translation>全部恢复默认</translation>
    </message>
    <message>
      <source>All files</source>
      <translation>所有文件</translation>
    </message>
    <message>
      <source>All good, {time} ms</source>
      <translation>一切正常，{time} 毫秒</translation>
    </message>
    <message>
      <source>All good, {time} ms · {count} models</source>
      <translation>一切正常，{time} 毫秒 · {count} 个模型</translation>
    </message>
    <message>
      <source>All of them on one page</source>
      <translation>一页列出全部</translation>
    </message>
    <message>
      <source>An id not in this list; it is sent as typed</source>
      <translation>不在列表中的模型 ID，将按输入原样发送</translation>
    </message>
    <message>
      <source>And its title, by a model</source>
      <translation>以及由模型拟定的标题</translation>
    </message>
    <message>
      <source>Another file took the place of {path} while the app was open. Close the app and start it again; what was open is kept among the backups.</source>
      <translation>应用打开期间，{path} 被另一个文件替换了。请关闭应用后重新启动；之前打开的内容已保存在备份中。</translation>
    </message>
    <message>
      <source>Another id…</source>
      <translation>其他 ID…</translation>
    </message>
    <message>
      <source>Another place for the data folder</source>
      <translation>更换数据文件夹的位置</translation>
    </message>
    <message>
      <source>Another program has these keys. Choose others.</source>
      <translation>这组按键已被其他程序占用，请换一组。</translation>
    </message>
    <message>
      <source>Any id the server knows</source>
      <translation>服务器认识的任何模型 ID</translation>
    </message>
    <message>
      <source>Apache License 2.0</source>
      <translation>Apache 许可证 2.0</translation>
    </message>
    <message>
      <source>Appearance</source>
      <translation>外观</translation>
    </message>
    <message>
      <source>Are oss:// addresses understood on the compatible protocol?</source>
      <translation>兼容协议是否识别 oss:// 地址？</translation>
    </message>
    <message>
      <source>As Markdown, web pages, PDF, or JSON with everything in it</source>
      <translation>导出为 Markdown、网页、PDF，或包含全部内容的 JSON</translation>
    </message>
    <message>
      <source>As far as can be told, none is missing.</source>
      <translation>就目前所知，没有缺失。</translation>
    </message>
    <message>
      <source>Ask Qwen</source>
      <translation>问 Qwen</translation>
    </message>
    <message>
      <source>Ask at the first time</source>
      <translation>首次使用时询问</translation>
    </message>
    <message>
      <source>Ask first</source>
      <translation>先询问</translation>
    </message>
    <message>
      <source>Ask for another reply</source>
      <translation>重新生成回复</translation>
    </message>
    <message>
      <source>Ask models that can do both to think first</source>
      <translation>让可选思考的模型先思考</translation>
    </message>
    <message>
      <source>Ask now</source>
      <translation>现在申请</translation>
    </message>
    <message>
      <source>Asking the desktop for these keys…</source>
      <translation>正在向桌面申请这组按键…</translation>
    </message>
    <message>
      <source>Asking the server for its models…</source>
      <translation>正在向服务器查询模型列表…</translation>
    </message>
    <message>
      <source>At most {count} characters. Nothing was changed.</source>
      <translation>最多 {count} 个字符。未作更改。</translation>
    </message>
    <message>
      <source>At most {count} could not be read.</source>
      <translation>最多有 {count} 条无法读取。</translation>
    </message>
    <message>
      <source>At most {count} texts of up to {characters} characters. Nothing was changed.</source>
      <translation>最多 {count} 段，每段不超过 {characters} 个字符。未作更改。</translation>
    </message>
    <message>
      <source>At most {most} pictures go with a message. Send the others with the next one.</source>
      <translation>一条消息最多带 {most} 张图片。其余的请随下一条发送。</translation>
    </message>
    <message>
      <source>At the next start</source>
      <translation>下次启动时</translation>
    </message>
    <message>
      <source>Attach</source>
      <translation>添加图片</translation>
    </message>
    <message>
      <source>Back to the default</source>
      <translation>恢复默认</translation>
    </message>
    <message>
      <source>Back to the default: {value}</source>
      <translation>恢复默认：{value}</translation>
    </message>
    <message>
      <source>Back up now</source>
      <translation>立即备份</translation>
    </message>
    <message>
      <source>Backups</source>
      <translation>备份</translation>
    </message>
    <message>
      <source>Begin with</source>
      <translation>初始内容</translation>
    </message>
    <message>
      <source>Bring back</source>
      <translation>恢复</translation>
    </message>
    <message>
      <source>Budget of {tokens} tokens</source>
      <translation>预算 {tokens} token</translation>
    </message>
    <message>
      <source>By hand</source>
      <translation>手动</translation>
    </message>
    <message>
      <source>By itself</source>
      <translation>自动</translation>
    </message>
    <message>
      <source>By the price of {date}</source>
      <translation>按 {date} 的价格</translation>
    </message>
    <message>
      <source>By your own price</source>
      <translation>按你自己设定的价格</translation>
    </message>
    <message>
      <source>CNY</source>
      <translation>元</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>取消</translation>
    </message>
    <message>
      <source>Cancel editing</source>
      <translation>取消编辑</translation>
    </message>
    <message>
      <source>Cancel the test</source>
      <translation>取消测试</translation>
    </message>
    <message>
      <source>Certificates</source>
      <translation>证书</translation>
    </message>
    <message>
      <source>Change</source>
      <translation>更改</translation>
    </message>
    <message>
      <source>Change model</source>
      <translation>更换模型</translation>
    </message>
    <message>
      <source>Change the API key</source>
      <translation>更改 API 密钥</translation>
    </message>
    <message>
      <source>Chat</source>
      <translation>对话</translation>
    </message>
    <message>
      <source>Chat deleted</source>
      <translation>对话已删除</translation>
    </message>
    <message>
      <source>Chat deleted: {title}</source>
      <translation>已删除对话：{title}</translation>
    </message>
    <message>
      <source>Chat menu</source>
      <translation>对话菜单</translation>
    </message>
    <message>
      <source>Chat pinned</source>
      <translation>已置顶对话</translation>
    </message>
    <message>
      <source>Chat title</source>
      <translation>对话标题</translation>
    </message>
    <message>
      <source>Chat unpinned</source>
      <translation>已取消置顶</translation>
    </message>
    <message>
      <source>Chats</source>
      <translation>对话</translation>
    </message>
    <message>
      <source>Chats deleted: {count}</source>
      <translation>已删除 {count} 个对话</translation>
    </message>
    <message>
      <source>Chats found: {parts}. Messages in the new ones: {messages}.</source>
      <translation>找到的对话：{parts}。新对话中的消息：{messages} 条。</translation>
    </message>
    <message>
      <source>Chats in files</source>
      <translation>导入与导出</translation>
    </message>
    <message>
      <source>Chats in the files</source>
      <translation>文件中的对话</translation>
    </message>
    <message>
      <source>Chats pinned: {count}</source>
      <translation>已置顶 {count} 个对话</translation>
    </message>
    <message>
      <source>Chats selected: {count}</source>
      <translation>已选中 {count} 个对话</translation>
    </message>
    <message>
      <source>Chats unpinned: {count}</source>
      <translation>已取消置顶 {count} 个对话</translation>
    </message>
    <message>
      <source>Check</source>
      <translation>检查</translation>
    </message>
    <message>
      <source>Check DISPLAY and XAUTHORITY.</source>
      <translation>请检查 DISPLAY 和 XAUTHORITY。</translation>
    </message>
    <message>
      <source>Check and start</source>
      <translation>验证并开始</translation>
    </message>
    <message>
      <source>Check the connection</source>
      <translation>检查连接</translation>
    </message>
    <message>
      <source>Checking…</source>
      <translation>正在验证…</translation>
    </message>
    <message>
      <source>China (Beijing)</source>
      <translation>中国（北京）</translation>
    </message>
    <message>
      <source>China (Hong Kong)</source>
      <translation>中国（香港）</translation>
    </message>
    <message>
      <source>Choose</source>
      <translation>选择</translation>
    </message>
    <message>
      <source>Choose a place…</source>
      <translation>选择位置…</translation>
    </message>
    <message>
      <source>Choose a region of the screen</source>
      <translation>选取屏幕区域</translation>
    </message>
    <message>
      <source>Choose pictures</source>
      <translation>选择图片</translation>
    </message>
    <message>
      <source>Choose pictures…</source>
      <translation>选择图片…</translation>
    </message>
    <message>
      <source>Clock</source>
      <translation>时钟</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>关闭</translation>
    </message>
    <message>
      <source>Close find</source>
      <translation>关闭查找</translation>
    </message>
    <message>
      <source>Close to the tray</source>
      <translation>关闭到托盘</translation>
    </message>
    <message>
      <source>Closing the window leaves the app running; without a tray it ends</source>
      <translation>关闭窗口后应用继续运行；没有托盘时则退出</translation>
    </message>
    <message>
      <source>Code block</source>
      <translation>代码块</translation>
    </message>
    <message>
      <source>Code block, {language}</source>
      <translation>代码块，{language}</translation>
    </message>
    <message>
      <source>Code: {code}</source>
      <translation>错误码：{code}</translation>
    </message>
    <message>
      <source>Coding Plan</source>
      <translation>Coding Plan</translation>
    </message>
    <message>
      <source>Collapse folder</source>
      <translation>收起文件夹</translation>
    </message>
    <message>
      <source>Compare SQLite and PostgreSQL in a table</source>
      <translation>用表格比较 SQLite 和 PostgreSQL</translation>
    </message>
    <message>
      <source>Complete</source>
      <translation>已完成</translation>
    </message>
    <message>
      <source>Connecting · {time}</source>
      <translation>正在连接 · {time}</translation>
    </message>
    <message>
      <source>Connection</source>
      <translation>连接</translation>
    </message>
    <message>
      <source>Context</source>
      <translation>上下文</translation>
    </message>
    <message>
      <source>Continue</source>
      <translation>继续</translation>
    </message>
    <message>
      <source>Continue after a cut</source>
      <translation>中断后续写</translation>
    </message>
    <message>
      <source>Continuing · {time}</source>
      <translation>正在续写 · {time}</translation>
    </message>
    <message>
      <source>Contrast</source>
      <translation>对比度</translation>
    </message>
    <message>
      <source>Copied</source>
      <translation>已复制</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>复制</translation>
    </message>
    <message>
      <source>Copy as Markdown</source>
      <translation>复制为 Markdown</translation>
    </message>
    <message>
      <source>Copy as Python</source>
      <translation>复制为 Python</translation>
    </message>
    <message>
      <source>Copy as curl</source>
      <translation>复制为 curl</translation>
    </message>
    <message>
      <source>Copy as plain text</source>
      <translation>复制为纯文本</translation>
    </message>
    <message>
      <source>Copy code</source>
      <translation>复制代码</translation>
    </message>
    <message>
      <source>Copy details</source>
      <translation>复制详情</translation>
    </message>
    <message>
      <source>Copy for a spreadsheet</source>
      <translation>复制到电子表格</translation>
    </message>
    <message>
      <source>Copy link</source>
      <translation>复制链接</translation>
    </message>
    <message>
      <source>Copy message</source>
      <translation>复制消息</translation>
    </message>
    <message>
      <source>Copy prompt</source>
      <translation>复制提示词</translation>
    </message>
    <message>
      <source>Copy reply</source>
      <translation>复制回复</translation>
    </message>
    <message>
      <source>Copy report</source>
      <translation>复制报告</translation>
    </message>
    <message>
      <source>Copy table</source>
      <translation>复制表格</translation>
    </message>
    <message>
      <source>Copy the command</source>
      <translation>复制命令</translation>
    </message>
    <message>
      <source>Copy the last reply</source>
      <translation>复制最后一条回复</translation>
    </message>
    <message>
      <source>Correct it in the settings: http://HOST:PORT or socks5://HOST:PORT</source>
      <translation>请在设置中更正为 http://HOST:PORT 或 socks5://HOST:PORT</translation>
    </message>
    <message>
      <source>Correct it in the settings: https://HOST</source>
      <translation>请在设置中更正为 https://HOST</translation>
    </message>
    <message>
      <source>Correct that line. Otherwise the app keeps the file aside at its next start and uses defaults.</source>
      <translation>请更正该行；否则下次启动时应用会将该文件另存，并使用默认值。</translation>
    </message>
    <message>
      <source>Cost</source>
      <translation>费用</translation>
    </message>
    <message>
      <source>Cost of continuing</source>
      <translation>续写费用上限</translation>
    </message>
    <message>
      <source>Cost: none</source>
      <translation>费用：无</translation>
    </message>
    <message>
      <source>Cost: not known, since the price of this model here is not known</source>
      <translation>费用：未知，因为此处该模型的价格未知</translation>
    </message>
    <message>
      <source>Cost: {amount}</source>
      <translation>费用：{amount}</translation>
    </message>
    <message>
      <source>Counting…</source>
      <translation>正在统计…</translation>
    </message>
    <message>
      <source>Crash report</source>
      <translation>崩溃报告</translation>
    </message>
    <message>
      <source>Crash reports</source>
      <translation>崩溃报告</translation>
    </message>
    <message>
      <source>Currency of the cap</source>
      <translation>上限的币种</translation>
    </message>
    <message>
      <source>Cut</source>
      <translation>剪切</translation>
    </message>
    <message>
      <source>DNS name</source>
      <translation>域名解析</translation>
    </message>
    <message>
      <source>DNS · proxy · TLS · key · region · model: shows which step fails</source>
      <translation>域名 · 代理 · TLS · 密钥 · 地域 · 模型：显示哪一步失败</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>深色</translation>
    </message>
    <message>
      <source>DashScope</source>
      <translation>DashScope</translation>
    </message>
    <message>
      <source>Data</source>
      <translation>数据</translation>
    </message>
    <message>
      <source>Data folder</source>
      <translation>数据文件夹</translation>
    </message>
    <message>
      <source>Deadlines</source>
      <translation>时限</translation>
    </message>
    <message>
      <source>Delete</source>
      <translation>删除</translation>
    </message>
    <message>
      <source>Delete everything and quit</source>
      <translation>全部删除并退出</translation>
    </message>
    <message>
      <source>Delete everything now? Nothing of it can be brought back. The app ends afterwards.</source>
      <translation>现在删除全部数据吗？删除后无法恢复，应用随后会退出。</translation>
    </message>
    <message>
      <source>Delete everything…</source>
      <translation>全部删除…</translation>
    </message>
    <message>
      <source>Delete from here on</source>
      <translation>删除这条及之后的消息</translation>
    </message>
    <message>
      <source>Delete only this turn</source>
      <translation>仅删除这一轮</translation>
    </message>
    <message>
      <source>Delete report</source>
      <translation>删除报告</translation>
    </message>
    <message>
      <source>Delete the chat, from the list</source>
      <translation>删除对话（在列表中）</translation>
    </message>
    <message>
      <source>Delete {count} chats</source>
      <translation>删除 {count} 个对话</translation>
    </message>
    <message>
      <source>Deleted</source>
      <translation>删除时间</translation>
    </message>
    <message>
      <source>Deleted chats</source>
      <translation>已删除的对话</translation>
    </message>
    <message>
      <source>Deleted chats are kept for at least 30 days and can be brought back. Later every word of them is erased.</source>
      <translation>删除的对话至少保留 30 天，期间可以恢复，之后其中的文字会被彻底清除。</translation>
    </message>
    <message>
      <source>Deleted chats: {count}</source>
      <translation>已删除的对话：{count} 个</translation>
    </message>
    <message>
      <source>Demo, no key</source>
      <translation>演示，未设密钥</translation>
    </message>
    <message>
      <source>Demo, not Qwen</source>
      <translation>演示，并非 Qwen</translation>
    </message>
    <message>
      <source>Desktop</source>
      <translation>桌面</translation>
    </message>
    <message>
      <source>Details</source>
      <translation>详情</translation>
    </message>
    <message>
      <source>Disk</source>
      <translation>磁盘</translation>
    </message>
    <message>
      <source>Dismiss</source>
      <translation>关闭提示</translation>
    </message>
    <message>
      <source>Do not send it</source>
      <translation>不发送这条</translation>
    </message>
    <message>
      <source>Do pictures of 20 MB within the request pass?</source>
      <translation>请求中能否直接带 20 MB 的图片？</translation>
    </message>
    <message>
      <source>Doctor</source>
      <translation>诊断</translation>
    </message>
    <message>
      <source>Draw over what you want. Enter takes the whole screen, Esc cancels.</source>
      <translation>拖动选取区域。按 Enter 截取整个屏幕，按 Esc 取消。</translation>
    </message>
    <message>
      <source>Each with its own key, which goes to its server only</source>
      <translation>各有自己的密钥，密钥只发送给它的服务器</translation>
    </message>
    <message>
      <source>Earlier pictures were not sent</source>
      <translation>之前的图片未发送</translation>
    </message>
    <message>
      <source>Edit</source>
      <translation>编辑</translation>
    </message>
    <message>
      <source>Edit account</source>
      <translation>编辑账号</translation>
    </message>
    <message>
      <source>Edit prompt</source>
      <translation>修改提示词</translation>
    </message>
    <message>
      <source>Edit the last message, from the empty composer</source>
      <translation>编辑上一条消息（输入框为空时）</translation>
    </message>
    <message>
      <source>Editing an earlier message</source>
      <translation>正在编辑之前的消息</translation>
    </message>
    <message>
      <source>Enter a number {range}. Nothing was changed.</source>
      <translation>请输入符合范围的数字：{range}。未作更改。</translation>
    </message>
    <message>
      <source>Enter sends</source>
      <translation>按 Enter 发送</translation>
    </message>
    <message>
      <source>Enter the id of a model, such as {example}.</source>
      <translation>请输入模型 ID，例如 {example}。</translation>
    </message>
    <message>
      <source>Enter the proxy's address. Until then nothing is changed.</source>
      <translation>请输入代理地址。在此之前不作任何更改。</translation>
    </message>
    <message>
      <source>Enter ticks the tag, {keys} saves.</source>
      <translation>按 Enter 勾选标签，按 {keys} 保存。</translation>
    </message>
    <message>
      <source>Enter uses, F2 edits, Delete removes</source>
      <translation>Enter 使用，F2 编辑，Delete 移除</translation>
    </message>
    <message>
      <source>Erase all…</source>
      <translation>全部清除…</translation>
    </message>
    <message>
      <source>Erase for good</source>
      <translation>彻底清除</translation>
    </message>
    <message>
      <source>Erase this chat with every word of it? It cannot be brought back; what it cost still counts. Backups made before still hold it.</source>
      <translation>要彻底清除这个对话的全部文字吗？清除后无法恢复，已产生的费用仍会计入。此前的备份中还保留着它。</translation>
    </message>
    <message>
      <source>Erase {count} chats with every word of them? They cannot be brought back; what they cost still counts. Backups made before still hold them.</source>
      <translation>要彻底清除这 {count} 个对话的全部文字吗？清除后无法恢复，已产生的费用仍会计入。此前的备份中还保留着它们。</translation>
    </message>
    <message>
      <source>Erase…</source>
      <translation>清除…</translation>
    </message>
    <message>
      <source>Error: {name}</source>
      <translation>错误：{name}</translation>
    </message>
    <message>
      <source>Esc keeps the old keys, Backspace takes the hotkey away</source>
      <translation>Esc 保留原来的按键，退格键取消热键</translation>
    </message>
    <message>
      <source>Esc: leave it as it is; Backspace: no keys</source>
      <translation>Esc 保持原样，Backspace 清除按键</translation>
    </message>
    <message>
      <source>Every chat, picture, backup, log, setting and key of this app on this computer.</source>
      <translation>本应用在这台电脑上的全部对话、图片、备份、日志、设置和密钥。</translation>
    </message>
    <message>
      <source>Every text exactly as it is. Only the versions that are shown.</source>
      <translation>所有文字原样保留。仅含当前显示的版本。</translation>
    </message>
    <message>
      <source>Every word has to be there. "Words in quotation marks" are found as they stand. Filters: model:max, before:2026-02, after:2026-01-31, has:code, tag:work.</source>
      <translation>每个词都要出现。“引号中的内容”按原样查找。筛选： model:max、before:2026-02、after:2026-01-31、has:code、tag:work 。</translation>
    </message>
    <message>
      <source>Everything</source>
      <translation>全部数据</translation>
    </message>
    <message>
      <source>Everything, each version and each number, to be imported again here or on another computer.</source>
      <translation>全部内容，包括每个版本和每项数据，可在此处或另一台电脑上重新导入。</translation>
    </message>
    <message>
      <source>Expand folder</source>
      <translation>展开文件夹</translation>
    </message>
    <message>
      <source>Explain</source>
      <translation>解释</translation>
    </message>
    <message>
      <source>Explain how streaming over SSE works, with a small Python example</source>
      <translation>用一个简短的 Python 示例讲解 SSE 流式传输的原理</translation>
    </message>
    <message>
      <source>Explain this:</source>
      <translation>请解释：</translation>
    </message>
    <message>
      <source>Export all chats</source>
      <translation>导出所有对话</translation>
    </message>
    <message>
      <source>Export chat</source>
      <translation>导出对话</translation>
    </message>
    <message>
      <source>Export {count} chats</source>
      <translation>导出 {count} 个对话</translation>
    </message>
    <message>
      <source>Export {count} chats…</source>
      <translation>导出 {count} 个对话…</translation>
    </message>
    <message>
      <source>Exporting…</source>
      <translation>正在导出…</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>导出…</translation>
    </message>
    <message>
      <source>Failed</source>
      <translation>失败</translation>
    </message>
    <message>
      <source>File</source>
      <translation>文件</translation>
    </message>
    <message>
      <source>File: {name}</source>
      <translation>文件：{name}</translation>
    </message>
    <message>
      <source>Find and fix the mistakes in this code:</source>
      <translation>找出并修正这段代码中的错误：</translation>
    </message>
    <message>
      <source>Find in chat</source>
      <translation>在对话中查找</translation>
    </message>
    <message>
      <source>Find or make a tag</source>
      <translation>查找或新建标签</translation>
    </message>
    <message>
      <source>Findings</source>
      <translation>诊断结果</translation>
    </message>
    <message>
      <source>Fix code</source>
      <translation>修正代码</translation>
    </message>
    <message>
      <source>Folder name</source>
      <translation>文件夹名称</translation>
    </message>
    <message>
      <source>Folder renamed: {folder}</source>
      <translation>文件夹已重命名：{folder}</translation>
    </message>
    <message>
      <source>Folder {name}, closed, chats: {count}</source>
      <translation>文件夹 {name}，已收起，对话数：{count}</translation>
    </message>
    <message>
      <source>Folder {name}, open, chats: {count}</source>
      <translation>文件夹 {name}，已展开，对话数：{count}</translation>
    </message>
    <message>
      <source>Follows the system, or stays as it is</source>
      <translation>跟随系统，或固定不变</translation>
    </message>
    <message>
      <source>Font</source>
      <translation>字体</translation>
    </message>
    <message>
      <source>Font size</source>
      <translation>字号</translation>
    </message>
    <message>
      <source>Fonts and certificates</source>
      <translation>字体与证书</translation>
    </message>
    <message>
      <source>For every chat with it. What is empty is left to the model.</source>
      <translation>用于与它的所有对话；留空则由模型决定</translation>
    </message>
    <message>
      <source>For graphics cards and many users</source>
      <translation>适合显卡和多人使用</translation>
    </message>
    <message>
      <source>Forget key</source>
      <translation>移除密钥</translation>
    </message>
    <message>
      <source>Format</source>
      <translation>格式</translation>
    </message>
    <message>
      <source>Formula</source>
      <translation>公式</translation>
    </message>
    <message>
      <source>Found {count} models. Choose the one for new chats, then save.</source>
      <translation>找到 {count} 个模型。选择新对话使用的模型，然后保存。</translation>
    </message>
    <message>
      <source>Free some space: chats cannot be kept on a full disk.</source>
      <translation>请释放一些空间：磁盘已满时无法保存对话。</translation>
    </message>
    <message>
      <source>From an export of this app or of ChatGPT, or lists of messages in JSON</source>
      <translation>来自本应用或 ChatGPT 的导出文件，或 JSON 消息列表</translation>
    </message>
    <message>
      <source>From the system, by hand, or none</source>
      <translation>跟随系统、手动设置或不使用</translation>
    </message>
    <message>
      <source>GNOME shows no tray icons by itself, so Qwen Desktop cannot stay in the tray when its window is closed. The extension “{extension}” makes it possible.</source>
      <translation>GNOME 本身不显示托盘图标，因此关闭窗口后 Qwen Desktop 无法留在托盘中。安装扩展“{extension}”即可。</translation>
    </message>
    <message>
      <source>General</source>
      <translation>通用</translation>
    </message>
    <message>
      <source>Get one from Model Studio</source>
      <translation>到百炼控制台获取</translation>
    </message>
    <message>
      <source>Give yourself the right to write to it, or name another folder with QWEN_DESKTOP_HOME.</source>
      <translation>请为自己授予写入权限，或用 QWEN_DESKTOP_HOME 指定其他文件夹。</translation>
    </message>
    <message>
      <source>Gives it back to the disk. The app starts again for it, which takes some seconds.</source>
      <translation>把这些空间还给磁盘。应用会为此重新启动，需要几秒钟。</translation>
    </message>
    <message>
      <source>Go on without encryption</source>
      <translation>不加密，继续</translation>
    </message>
    <message>
      <source>Goes before everything else of this chat, from the next prompt on</source>
      <translation>从下一条提示词起，置于此对话的最前面</translation>
    </message>
    <message>
      <source>HTTP status: {status}</source>
      <translation>HTTP 状态：{status}</translation>
    </message>
    <message>
      <source>Hidden, in the tray</source>
      <translation>隐藏在托盘中</translation>
    </message>
    <message>
      <source>Hide sidebar</source>
      <translation>隐藏侧边栏</translation>
    </message>
    <message>
      <source>Hide the key</source>
      <translation>隐藏密钥</translation>
    </message>
    <message>
      <source>Hide when it loses focus</source>
      <translation>失去焦点时隐藏</translation>
    </message>
    <message>
      <source>High</source>
      <translation>高</translation>
    </message>
    <message>
      <source>High: every text at least 7:1</source>
      <translation>高：所有文字对比度不低于 7:1</translation>
    </message>
    <message>
      <source>Higher is more varied</source>
      <translation>越高，回复越多样</translation>
    </message>
    <message>
      <source>Highest</source>
      <translation>最高</translation>
    </message>
    <message>
      <source>History</source>
      <translation>历史记录</translation>
    </message>
    <message>
      <source>Hotkey</source>
      <translation>全局快捷键</translation>
    </message>
    <message>
      <source>How is an error told when a stream was asked for, on the compatible protocol?</source>
      <translation>在兼容协议上请求流式输出时，错误如何返回？</translation>
    </message>
    <message>
      <source>How long it may think</source>
      <translation>可以思考多久</translation>
    </message>
    <message>
      <source>How long may a stream last? (The service's own limit is in x-dashscope-timeout.)</source>
      <translation>一个流最长可持续多久？（服务自身的上限见 x-dashscope-timeout。）</translation>
    </message>
    <message>
      <source>How often a refused request is sent again by itself</source>
      <translation>请求被拒后自动重发的次数</translation>
    </message>
    <message>
      <source>Icon in the tray</source>
      <translation>托盘图标</translation>
    </message>
    <message>
      <source>If it asks for one</source>
      <translation>如代理需要</translation>
    </message>
    <message>
      <source>Image from {host}</source>
      <translation>来自 {host} 的图片</translation>
    </message>
    <message>
      <source>Image from {host}, not loaded</source>
      <translation>来自 {host} 的图片，未加载</translation>
    </message>
    <message>
      <source>Image from {host}, not loaded: {why}</source>
      <translation>来自 {host} 的图片，未加载：{why}</translation>
    </message>
    <message>
      <source>Image that cannot be shown</source>
      <translation>无法显示的图片</translation>
    </message>
    <message>
      <source>Import</source>
      <translation>导入</translation>
    </message>
    <message>
      <source>Import chats</source>
      <translation>导入对话</translation>
    </message>
    <message>
      <source>Import chats that are already there once more, as copies</source>
      <translation>将已有的对话再导入一次，作为副本</translation>
    </message>
    <message>
      <source>Importing…</source>
      <translation>正在导入…</translation>
    </message>
    <message>
      <source>Import…</source>
      <translation>导入…</translation>
    </message>
    <message>
      <source>Improve</source>
      <translation>润色</translation>
    </message>
    <message>
      <source>Improve the tone of this email: …</source>
      <translation>润色这封邮件的语气：…</translation>
    </message>
    <message>
      <source>Improve the wording and keep the language and the meaning:</source>
      <translation>润色以下文字，保持原来的语言和意思：</translation>
    </message>
    <message>
      <source>In order</source>
      <translation>正常</translation>
    </message>
    <message>
      <source>In the desktop's keyboard settings, bind keys to: {command}</source>
      <translation>请在桌面的键盘设置中为以下命令绑定按键：{command}</translation>
    </message>
    <message>
      <source>In tokens, without reasoning</source>
      <translation>以 token 计，不含思考过程</translation>
    </message>
    <message>
      <source>Input</source>
      <translation>输入</translation>
    </message>
    <message>
      <source>Input method</source>
      <translation>输入法</translation>
    </message>
    <message>
      <source>Input of one continuation; above it you are asked</source>
      <translation>单次续写的输入费用，超出时先询问</translation>
    </message>
    <message>
      <source>Input: {tokens} tokens</source>
      <translation>输入：{tokens} 个 token</translation>
    </message>
    <message>
      <source>Install PySide6-Essentials below 6.12.</source>
      <translation>请安装低于 6.12 的 PySide6-Essentials。</translation>
    </message>
    <message>
      <source>Install Python 3.11, 3.12 or 3.13.</source>
      <translation>请安装 Python 3.11、3.12 或 3.13。</translation>
    </message>
    <message>
      <source>Install a notification server, dunst for example.</source>
      <translation>请安装通知服务，例如 dunst。</translation>
    </message>
    <message>
      <source>Install gnome-keyring, KWallet or KeePassXC.</source>
      <translation>请安装 gnome-keyring、KWallet 或 KeePassXC。</translation>
    </message>
    <message>
      <source>Install the GNOME extension {name}. {without}</source>
      <translation>请安装 GNOME 扩展 {name}。{without}</translation>
    </message>
    <message>
      <source>Install the package ca-certificates. Until then the app uses the list it brings.</source>
      <translation>请安装软件包 ca-certificates。在此之前，应用使用自带的列表。</translation>
    </message>
    <message>
      <source>Install with: sudo {line}</source>
      <translation>安装命令：sudo {line}</translation>
    </message>
    <message>
      <source>Interrupted</source>
      <translation>已中断</translation>
    </message>
    <message>
      <source>Is a reply billed beyond what was read when the socket is closed? (Compare with the bill.)</source>
      <translation>关闭连接后，未读取的部分是否仍会计费？（请与账单对照。）</translation>
    </message>
    <message>
      <source>It has a date this app cannot store.</source>
      <translation>其中有本应用无法保存的日期。</translation>
    </message>
    <message>
      <source>It is asked as soon as this reply is done.</source>
      <translation>这条回复完成后就会提问。</translation>
    </message>
    <message>
      <source>It is built on the backup of {time}.</source>
      <translation>以 {time} 的备份为基础。</translation>
    </message>
    <message>
      <source>It is copied, compared byte by byte, and then used; the old one stays until you delete it.</source>
      <translation>会先复制并逐字节比对，然后启用新位置；旧文件夹会保留，由您自行删除。</translation>
    </message>
    <message>
      <source>It is larger than {size} MB.</source>
      <translation>超过 {size} MB。</translation>
    </message>
    <message>
      <source>It is nested too deeply.</source>
      <translation>嵌套层数过多。</translation>
    </message>
    <message>
      <source>It is not a conversation in a form this app knows.</source>
      <translation>不是本应用认识的对话格式。</translation>
    </message>
    <message>
      <source>It is not as the format wants it: {detail}</source>
      <translation>不符合格式要求：{detail}</translation>
    </message>
    <message>
      <source>It is not valid JSON.</source>
      <translation>不是有效的 JSON。</translation>
    </message>
    <message>
      <source>It may belong to another region. Trying them sends it to these hosts of Alibaba Cloud: {hosts}.</source>
      <translation>它可能属于其他地域。尝试时会把它发送到阿里云的这些主机：{hosts}。</translation>
    </message>
    <message>
      <source>It stays where QWEN_DESKTOP_HOME says.</source>
      <translation>位置由 QWEN_DESKTOP_HOME 决定，不能移动。</translation>
    </message>
    <message>
      <source>Its id; press Check to list them</source>
      <translation>模型 ID；点“检查”可列出</translation>
    </message>
    <message>
      <source>Its key belongs to the former host: it is not sent to this one, and forgotten. Enter another.</source>
      <translation>它的密钥属于原来的主机：不会发送给新主机，并将被删除。请输入新的密钥。</translation>
    </message>
    <message>
      <source>Its text is not in UTF-8. Save the file in UTF-8, then import it again.</source>
      <translation>其文本不是 UTF-8 编码。请将文件另存为 UTF-8，然后重新导入。</translation>
    </message>
    <message>
      <source>JSON</source>
      <translation>JSON</translation>
    </message>
    <message>
      <source>Jump to latest</source>
      <translation>跳到最新</translation>
    </message>
    <message>
      <source>Keep</source>
      <translation>保留</translation>
    </message>
    <message>
      <source>Keep for this session only</source>
      <translation>仅在本次使用</translation>
    </message>
    <message>
      <source>Keep only for this session</source>
      <translation>仅在本次使用</translation>
    </message>
    <message>
      <source>Keep open</source>
      <translation>保持打开</translation>
    </message>
    <message>
      <source>Kept until</source>
      <translation>保留至</translation>
    </message>
    <message>
      <source>Key</source>
      <translation>密钥</translation>
    </message>
    <message>
      <source>Key for this session</source>
      <translation>密钥仅限本次会话</translation>
    </message>
    <message>
      <source>Key from environment</source>
      <translation>密钥来自环境变量</translation>
    </message>
    <message>
      <source>Key in system keychain</source>
      <translation>密钥在系统钥匙串</translation>
    </message>
    <message>
      <source>Keyboard shortcuts</source>
      <translation>键盘快捷键</translation>
    </message>
    <message>
      <source>Keychain</source>
      <translation>钥匙串</translation>
    </message>
    <message>
      <source>Keychain not available</source>
      <translation>钥匙串不可用</translation>
    </message>
    <message>
      <source>Keys of other accounts</source>
      <translation>其他账号的密钥</translation>
    </message>
    <message>
      <source>Kind</source>
      <translation>类型</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>语言</translation>
    </message>
    <message>
      <source>Larger text in the transcript</source>
      <translation>放大对话文字</translation>
    </message>
    <message>
      <source>Last backup: {time}</source>
      <translation>最近一次备份：{time}</translation>
    </message>
    <message>
      <source>Leave out the oldest turn, or shorten the prompt.</source>
      <translation>请略去最早的一轮，或缩短提示词。</translation>
    </message>
    <message>
      <source>Leave out the {count} oldest turns, or shorten the prompt.</source>
      <translation>请略去最早的 {count} 轮，或缩短提示词。</translation>
    </message>
    <message>
      <source>Leave out {count} turns and try again</source>
      <translation>略去 {count} 轮并重试</translation>
    </message>
    <message>
      <source>Leave out “{turn}” and try again</source>
      <translation>略去“{turn}”并重试</translation>
    </message>
    <message>
      <source>Leave this turn out</source>
      <translation>略去这一轮</translation>
    </message>
    <message>
      <source>Left out of later requests</source>
      <translation>已从后续请求中略去</translation>
    </message>
    <message>
      <source>Left out: not sent with later messages</source>
      <translation>已略去：不随后续消息发送</translation>
    </message>
    <message>
      <source>Let models that can search do so; each search costs extra</source>
      <translation>让支持的模型联网搜索，每次搜索另外计费</translation>
    </message>
    <message>
      <source>Licence</source>
      <translation>许可证</translation>
    </message>
    <message>
      <source>Light</source>
      <translation>浅色</translation>
    </message>
    <message>
      <source>Load image</source>
      <translation>加载图片</translation>
    </message>
    <message>
      <source>Load the image from {host}?</source>
      <translation>要从 {host} 加载这张图片吗？</translation>
    </message>
    <message>
      <source>Loading the image from {host}…</source>
      <translation>正在从 {host} 加载图片…</translation>
    </message>
    <message>
      <source>Logs</source>
      <translation>日志</translation>
    </message>
    <message>
      <source>Longest reply</source>
      <translation>回复的最大长度</translation>
    </message>
    <message>
      <source>Longest silence within a reply</source>
      <translation>回复过程中最长的停顿</translation>
    </message>
    <message>
      <source>Look again</source>
      <translation>再找一次</translation>
    </message>
    <message>
      <source>Looking at this installation…</source>
      <translation>正在检查此安装…</translation>
    </message>
    <message>
      <source>Looking for the key…</source>
      <translation>正在查找密钥…</translation>
    </message>
    <message>
      <source>Looking on this computer…</source>
      <translation>正在这台电脑上查找…</translation>
    </message>
    <message>
      <source>Low</source>
      <translation>低</translation>
    </message>
    <message>
      <source>MMMM</source>
      <translation>M 月</translation>
    </message>
    <message>
      <source>MMMM yyyy</source>
      <translation>yyyy 年 M 月</translation>
    </message>
    <message>
      <source>Made</source>
      <translation>时间</translation>
    </message>
    <message>
      <source>Make smaller…</source>
      <translation>压缩…</translation>
    </message>
    <message>
      <source>Markdown</source>
      <translation>Markdown</translation>
    </message>
    <message>
      <source>Medium</source>
      <translation>中</translation>
    </message>
    <message>
      <source>Message</source>
      <translation>消息</translation>
    </message>
    <message>
      <source>Message Qwen</source>
      <translation>给 Qwen 发消息</translation>
    </message>
    <message>
      <source>Message deleted</source>
      <translation>消息已删除</translation>
    </message>
    <message>
      <source>Messages</source>
      <translation>消息</translation>
    </message>
    <message>
      <source>Messages: {count}</source>
      <translation>消息数：{count}</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>Model Studio is not activated for this account. Activate it in the console, then try again.</source>
      <translation>此账号尚未开通百炼服务。请在控制台开通后重试。</translation>
    </message>
    <message>
      <source>Model for new chats</source>
      <translation>新对话使用的模型</translation>
    </message>
    <message>
      <source>Model list</source>
      <translation>模型列表</translation>
    </message>
    <message>
      <source>Model of {server}</source>
      <translation>{server} 的模型</translation>
    </message>
    <message>
      <source>Model's own</source>
      <translation>由模型决定</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>模型</translation>
    </message>
    <message>
      <source>Models and servers</source>
      <translation>模型与服务器</translation>
    </message>
    <message>
      <source>Month</source>
      <translation>月份</translation>
    </message>
    <message>
      <source>Monthly cap</source>
      <translation>每月上限</translation>
    </message>
    <message>
      <source>Months</source>
      <translation>各月用量</translation>
    </message>
    <message>
      <source>More</source>
      <translation>更多</translation>
    </message>
    <message>
      <source>More actions</source>
      <translation>更多操作</translation>
    </message>
    <message>
      <source>More chats match. Add a word to find fewer.</source>
      <translation>还有更多匹配的对话，加一个词可缩小范围。</translation>
    </message>
    <message>
      <source>Most tokens of reasoning; goes before the effort</source>
      <translation>思考过程的 token 上限；优先于思考强度</translation>
    </message>
    <message>
      <source>Move to folder</source>
      <translation>移到文件夹</translation>
    </message>
    <message>
      <source>Moved to {folder}</source>
      <translation>已移到 {folder}</translation>
    </message>
    <message>
      <source>Move…</source>
      <translation>移动…</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>名称</translation>
    </message>
    <message>
      <source>Name of the account</source>
      <translation>账号名称</translation>
    </message>
    <message>
      <source>Name, connection and TLS together</source>
      <translation>域名解析、连接与 TLS 合计</translation>
    </message>
    <message>
      <source>Network</source>
      <translation>网络</translation>
    </message>
    <message>
      <source>New chat</source>
      <translation>新对话</translation>
    </message>
    <message>
      <source>New chat from here</source>
      <translation>从这里新建对话</translation>
    </message>
    <message>
      <source>New folder</source>
      <translation>新建文件夹</translation>
    </message>
    <message>
      <source>New folder {number}</source>
      <translation>新建文件夹 {number}</translation>
    </message>
    <message>
      <source>New folder…</source>
      <translation>新建文件夹…</translation>
    </message>
    <message>
      <source>New tag “{tag}”</source>
      <translation>新建标签“{tag}”</translation>
    </message>
    <message>
      <source>Next heading, in the transcript</source>
      <translation>下一个标题（在对话中）</translation>
    </message>
    <message>
      <source>Next match</source>
      <translation>下一处匹配</translation>
    </message>
    <message>
      <source>Next message, in the transcript</source>
      <translation>下一条消息（在对话中）</translation>
    </message>
    <message>
      <source>Next version</source>
      <translation>下一个版本</translation>
    </message>
    <message>
      <source>Next: {pictures} waiting for their turn</source>
      <translation>下一条：{pictures}已排队</translation>
    </message>
    <message>
      <source>Next: “{prompt}” waits for its turn</source>
      <translation>下一条：“{prompt}”已排队</translation>
    </message>
    <message>
      <source>Next: “{prompt}” with {pictures} waits for its turn</source>
      <translation>下一条：“{prompt}”和{pictures}已排队</translation>
    </message>
    <message>
      <source>No</source>
      <translation>不用</translation>
    </message>
    <message>
      <source>No API key</source>
      <translation>未设密钥</translation>
    </message>
    <message>
      <source>No API key is set. Add your key, or try the demo.</source>
      <translation>尚未设置 API 密钥。请添加密钥，或先试用演示。</translation>
    </message>
    <message>
      <source>No backup was made yet.</source>
      <translation>还没有备份。</translation>
    </message>
    <message>
      <source>No cap</source>
      <translation>不限</translation>
    </message>
    <message>
      <source>No chat matches</source>
      <translation>没有匹配的对话</translation>
    </message>
    <message>
      <source>No chat was imported.</source>
      <translation>没有导入任何对话。</translation>
    </message>
    <message>
      <source>No chats yet</source>
      <translation>还没有对话</translation>
    </message>
    <message>
      <source>No data for {time}</source>
      <translation>已有 {time}没有收到数据</translation>
    </message>
    <message>
      <source>No folder</source>
      <translation>无文件夹</translation>
    </message>
    <message>
      <source>No hotkey</source>
      <translation>不使用热键</translation>
    </message>
    <message>
      <source>No key is set.</source>
      <translation>尚未设置密钥。</translation>
    </message>
    <message>
      <source>No key needed</source>
      <translation>不需要密钥</translation>
    </message>
    <message>
      <source>No key yet?</source>
      <translation>还没有密钥？</translation>
    </message>
    <message>
      <source>No matches</source>
      <translation>无匹配</translation>
    </message>
    <message>
      <source>No other region accepts this key either. Check it, or make a new one.</source>
      <translation>其他地域也不接受此密钥。请检查它，或新建一个。</translation>
    </message>
    <message>
      <source>No prices are known here</source>
      <translation>此处没有已知价格</translation>
    </message>
    <message>
      <source>No problems found.</source>
      <translation>未发现问题。</translation>
    </message>
    <message>
      <source>No reply was counted yet.</source>
      <translation>还没有可统计的回复。</translation>
    </message>
    <message>
      <source>No screen was found, so the chat is here. An empty line, Ctrl-D or Ctrl-C ends it.</source>
      <translation>没有找到显示器，因此在此进行对话。输入空行、按 Ctrl-D 或 Ctrl-C 结束。</translation>
    </message>
    <message>
      <source>No server answers on this computer. Install and start one of these, then look again.</source>
      <translation>这台电脑上没有服务器应答。请安装并启动其中一个，然后再找一次。</translation>
    </message>
    <message>
      <source>No setting matches. Esc clears the search.</source>
      <translation>没有匹配的设置。按 Esc 清除搜索。</translation>
    </message>
    <message>
      <source>No tags yet. Type one and press Enter.</source>
      <translation>还没有标签。输入一个，然后按 Enter。</translation>
    </message>
    <message>
      <source>None</source>
      <translation>无</translation>
    </message>
    <message>
      <source>Normal</source>
      <translation>普通</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>提示</translation>
    </message>
    <message>
      <source>Nothing</source>
      <translation>不播报</translation>
    </message>
    <message>
      <source>Nothing is paid per token here</source>
      <translation>此处不按 token 收费</translation>
    </message>
    <message>
      <source>Nothing is sent that would pass it; what has no known price is not counted</source>
      <translation>会超出上限的请求不发送；价格未知的不计入</translation>
    </message>
    <message>
      <source>Nothing is sent. The report holds no key, no password and no chat.</source>
      <translation>不会发送任何内容。报告中没有密钥、密码和对话。</translation>
    </message>
    <message>
      <source>Nothing moves by itself; the text cursor does not blink</source>
      <translation>没有自行移动的内容，光标不闪烁</translation>
    </message>
    <message>
      <source>Nothing was counted in this chat yet.</source>
      <translation>此对话还没有可统计的内容。</translation>
    </message>
    <message>
      <source>Nothing was deleted.</source>
      <translation>没有已删除的对话。</translation>
    </message>
    <message>
      <source>Nothing was sent.</source>
      <translation>未发送任何内容。</translation>
    </message>
    <message>
      <source>Nothing was sent: this month has cost {spent}, and the monthly cap is {cap}. Raise the cap in the settings, or wait for the next month.</source>
      <translation>请求未发送：本月已花费 {spent}，每月上限为 {cap}。请在设置中提高上限，或等到下个月。</translation>
    </message>
    <message>
      <source>Nothing was sent: this month has cost {spent}, this request is estimated at {estimate}, and the monthly cap is {cap}. Raise the cap in the settings, or wait for the next month.</source>
      <translation>请求未发送：本月已花费 {spent}，此请求预计花费 {estimate}，每月上限为 {cap}。请在设置中提高上限，或等到下个月。</translation>
    </message>
    <message>
      <source>Notifications</source>
      <translation>通知</translation>
    </message>
    <message>
      <source>Of the input from the cache: {tokens} tokens</source>
      <translation>输入中来自缓存：{tokens} 个 token</translation>
    </message>
    <message>
      <source>Of the model {model}</source>
      <translation>模型 {model}</translation>
    </message>
    <message>
      <source>Of the output reasoning: {tokens} tokens</source>
      <translation>输出中的思考过程：{tokens} 个 token</translation>
    </message>
    <message>
      <source>Of the window and the chat</source>
      <translation>用于窗口和对话</translation>
    </message>
    <message>
      <source>Of the window; the chat grows with it</source>
      <translation>用于窗口，对话文字随之变化</translation>
    </message>
    <message>
      <source>Of these from the cache: {tokens} tokens</source>
      <translation>其中来自缓存：{tokens} 个 token</translation>
    </message>
    <message>
      <source>Of these reasoning: {tokens} tokens</source>
      <translation>其中思考过程：{tokens} 个 token</translation>
    </message>
    <message>
      <source>Off</source>
      <translation>关</translation>
    </message>
    <message>
      <source>Off: it stays until Esc</source>
      <translation>关闭后，按 Esc 才会隐藏</translation>
    </message>
    <message>
      <source>Older messages are still being read for the search: {count}.</source>
      <translation>还有 {count} 条较早的消息正在读入搜索。</translation>
    </message>
    <message>
      <source>Older messages that will not go along: {count}</source>
      <translation>不会一同发送的较早消息：{count} 条</translation>
    </message>
    <message>
      <source>On</source>
      <translation>开</translation>
    </message>
    <message>
      <source>One folder would be inside the other. Choose another place.</source>
      <translation>两个文件夹会相互包含，请另选位置。</translation>
    </message>
    <message>
      <source>One is made each day on which something was written, and before every upgrade; of each kind the last {count} are kept. They lie in the folder backups.</source>
      <translation>有内容写入的日子每天备份一次，每次升级前也会备份；每类保留最近 {count} 份，存放在 backups 文件夹中。</translation>
    </message>
    <message>
      <source>Only if the server wants one</source>
      <translation>仅在服务器需要时填写</translation>
    </message>
    <message>
      <source>Only the first picture in {name} is sent.</source>
      <translation>只会发送 {name} 中的第一张图片。</translation>
    </message>
    <message>
      <source>Only the likeliest words; set this or the temperature</source>
      <translation>只取最可能的词；与温度二者设其一</translation>
    </message>
    <message>
      <source>Only the rest is asked for, twice at most</source>
      <translation>只请求余下部分，最多两次</translation>
    </message>
    <message>
      <source>Only the usual ports of this computer are asked. Nothing leaves it.</source>
      <translation>只询问这台电脑的常用端口，不会向外发送任何内容。</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>打开</translation>
    </message>
    <message>
      <source>Open console</source>
      <translation>打开控制台</translation>
    </message>
    <message>
      <source>Open folder</source>
      <translation>打开文件夹</translation>
    </message>
    <message>
      <source>Open in browser</source>
      <translation>在浏览器中打开</translation>
    </message>
    <message>
      <source>Open settings</source>
      <translation>打开设置</translation>
    </message>
    <message>
      <source>Open the data folder</source>
      <translation>打开数据文件夹</translation>
    </message>
    <message>
      <source>Open the folder of the settings file</source>
      <translation>打开设置文件所在文件夹</translation>
    </message>
    <message>
      <source>Open the quick ask</source>
      <translation>打开快速提问</translation>
    </message>
    <message>
      <source>Open {name}</source>
      <translation>打开 {name}</translation>
    </message>
    <message>
      <source>OpenAI-compatible</source>
      <translation>OpenAI 兼容</translation>
    </message>
    <message>
      <source>OpenAI-compatible server</source>
      <translation>OpenAI 兼容服务器</translation>
    </message>
    <message>
      <source>Opens the quick ask from every program</source>
      <translation>在任何程序中打开快速提问</translation>
    </message>
    <message>
      <source>Operating system</source>
      <translation>操作系统</translation>
    </message>
    <message>
      <source>Other OpenAI-compatible server</source>
      <translation>其他 OpenAI 兼容服务器</translation>
    </message>
    <message>
      <source>Other programs need {keys}; choose other keys.</source>
      <translation>其他程序要用到 {keys}，请换一组按键。</translation>
    </message>
    <message>
      <source>Other server…</source>
      <translation>其他服务器…</translation>
    </message>
    <message>
      <source>Output</source>
      <translation>输出</translation>
    </message>
    <message>
      <source>Output: {tokens} tokens</source>
      <translation>输出：{tokens} 个 token</translation>
    </message>
    <message>
      <source>PDF</source>
      <translation>PDF</translation>
    </message>
    <message>
      <source>Pages</source>
      <translation>页面</translation>
    </message>
    <message>
      <source>Parameters</source>
      <translation>参数</translation>
    </message>
    <message>
      <source>Parameters of {model_id}…</source>
      <translation>{model_id} 的参数…</translation>
    </message>
    <message>
      <source>Parameters…</source>
      <translation>参数…</translation>
    </message>
    <message>
      <source>Password</source>
      <translation>密码</translation>
    </message>
    <message>
      <source>Paste</source>
      <translation>粘贴</translation>
    </message>
    <message>
      <source>Picture</source>
      <translation>图片</translation>
    </message>
    <message>
      <source>Picture after this one</source>
      <translation>下一张图片</translation>
    </message>
    <message>
      <source>Picture before this one</source>
      <translation>上一张图片</translation>
    </message>
    <message>
      <source>Picture: {name}</source>
      <translation>图片：{name}</translation>
    </message>
    <message>
      <source>Pictures</source>
      <translation>图片</translation>
    </message>
    <message>
      <source>Pictures in them: {count}.</source>
      <translation>其中的图片：{count}。</translation>
    </message>
    <message>
      <source>Pictures taken: {count}.</source>
      <translation>已导入图片：{count}。</translation>
    </message>
    <message>
      <source>Pictures that cannot be taken: {count}. The chats name them.</source>
      <translation>无法导入的图片：{count}，对话中保留了它们的名称。</translation>
    </message>
    <message>
      <source>Pin</source>
      <translation>置顶</translation>
    </message>
    <message>
      <source>Pin the chat or unpin it, from the list</source>
      <translation>置顶对话或取消置顶（在列表中）</translation>
    </message>
    <message>
      <source>Pinned</source>
      <translation>置顶</translation>
    </message>
    <message>
      <source>Plan three days in Beijing</source>
      <translation>安排北京三日游</translation>
    </message>
    <message>
      <source>Press keys…</source>
      <translation>请按键…</translation>
    </message>
    <message>
      <source>Press the new keys</source>
      <translation>请按下新的按键</translation>
    </message>
    <message>
      <source>Previous 7 days</source>
      <translation>7 天内</translation>
    </message>
    <message>
      <source>Previous heading, in the transcript</source>
      <translation>上一个标题（在对话中）</translation>
    </message>
    <message>
      <source>Previous match</source>
      <translation>上一处匹配</translation>
    </message>
    <message>
      <source>Previous message, in the transcript</source>
      <translation>上一条消息（在对话中）</translation>
    </message>
    <message>
      <source>Previous version</source>
      <translation>上一个版本</translation>
    </message>
    <message>
      <source>Problem</source>
      <translation>问题</translation>
    </message>
    <message>
      <source>Problems found: {count}</source>
      <translation>发现 {count} 个问题</translation>
    </message>
    <message>
      <source>Progress</source>
      <translation>进度</translation>
    </message>
    <message>
      <source>Prompt</source>
      <translation>提示词</translation>
    </message>
    <message>
      <source>Prompt as plain text</source>
      <translation>提问的纯文本</translation>
    </message>
    <message>
      <source>Protocol</source>
      <translation>协议</translation>
    </message>
    <message>
      <source>Proxy</source>
      <translation>代理</translation>
    </message>
    <message>
      <source>Proxy address</source>
      <translation>代理地址</translation>
    </message>
    <message>
      <source>Proxy in the settings</source>
      <translation>设置中的代理</translation>
    </message>
    <message>
      <source>Proxy password</source>
      <translation>代理密码</translation>
    </message>
    <message>
      <source>Proxy user</source>
      <translation>代理用户名</translation>
    </message>
    <message>
      <source>Qt has no plugin for {names}</source>
      <translation>Qt 没有 {names} 的插件</translation>
    </message>
    <message>
      <source>Qt loads {plugin}</source>
      <translation>Qt 加载 {plugin}</translation>
    </message>
    <message>
      <source>Qt platform</source>
      <translation>Qt 平台</translation>
    </message>
    <message>
      <source>Qt's input method</source>
      <translation>Qt 的输入法</translation>
    </message>
    <message>
      <source>Qt's own choice</source>
      <translation>由 Qt 决定</translation>
    </message>
    <message>
      <source>Queued</source>
      <translation>排队中</translation>
    </message>
    <message>
      <source>Quick ask</source>
      <translation>快速提问</translation>
    </message>
    <message>
      <source>Quit Qwen Desktop</source>
      <translation>退出 Qwen Desktop</translation>
    </message>
    <message>
      <source>Quote selection</source>
      <translation>引用选中内容</translation>
    </message>
    <message>
      <source>Qwen Desktop is open already. Its window has this history.</source>
      <translation>Qwen Desktop 已经打开，这份历史记录正由它的窗口使用。</translation>
    </message>
    <message>
      <source>Qwen Desktop is open and does not end.</source>
      <translation>Qwen 桌面版正在运行，无法结束。</translation>
    </message>
    <message>
      <source>Qwen Desktop was closed while this reply was being written. What arrived is kept.</source>
      <translation>回复生成期间 Qwen Desktop 被关闭。已收到的内容已保留。</translation>
    </message>
    <message>
      <source>Qwen Desktop was updated while it was open. Restart it to go on with the new version.</source>
      <translation>Qwen Desktop 在打开期间已更新。请重新启动以使用新版本。</translation>
    </message>
    <message>
      <source>Qwen Desktop: a reply is being written</source>
      <translation>Qwen Desktop：正在生成回复</translation>
    </message>
    <message>
      <source>Qwen Desktop: something went wrong</source>
      <translation>Qwen Desktop：出现问题</translation>
    </message>
    <message>
      <source>Qwen, {time}</source>
      <translation>Qwen，{time}</translation>
    </message>
    <message>
      <source>Qwen, {time}, {state}</source>
      <translation>Qwen，{time}，{state}</translation>
    </message>
    <message>
      <source>Read</source>
      <translation>阅读</translation>
    </message>
    <message>
      <source>Read the licence</source>
      <translation>阅读许可证</translation>
    </message>
    <message>
      <source>Reading…</source>
      <translation>正在读取…</translation>
    </message>
    <message>
      <source>Reasoning</source>
      <translation>思考过程</translation>
    </message>
    <message>
      <source>Redo</source>
      <translation>重做</translation>
    </message>
    <message>
      <source>Reduced motion</source>
      <translation>减少动态效果</translation>
    </message>
    <message>
      <source>Regenerate</source>
      <translation>重新生成</translation>
    </message>
    <message>
      <source>Region</source>
      <translation>地域</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>移除</translation>
    </message>
    <message>
      <source>Remove {name}</source>
      <translation>移除 {name}</translation>
    </message>
    <message>
      <source>Remove “{name}”? Its key is forgotten in the keychain too. Chats stay.</source>
      <translation>移除“{name}”？钥匙串中的密钥也会一并删除。对话会保留。</translation>
    </message>
    <message>
      <source>Rename</source>
      <translation>重命名</translation>
    </message>
    <message>
      <source>Rename the chat, from the list</source>
      <translation>重命名对话（在列表中）</translation>
    </message>
    <message>
      <source>Replies</source>
      <translation>回复</translation>
    </message>
    <message>
      <source>Replies of this month whose price is not known in full, and which are not counted in full: {count}.</source>
      <translation>本月有 {count} 条回复的价格不完全清楚，因此未全部计入。</translation>
    </message>
    <message>
      <source>Replies whose cost is not known in full: {count}</source>
      <translation>费用不完全清楚的回复：{count} 条</translation>
    </message>
    <message>
      <source>Reply</source>
      <translation>回复</translation>
    </message>
    <message>
      <source>Reply as plain text</source>
      <translation>回复的纯文本</translation>
    </message>
    <message>
      <source>Reply failed</source>
      <translation>回复失败</translation>
    </message>
    <message>
      <source>Reply failed: {reason}</source>
      <translation>回复失败：{reason}</translation>
    </message>
    <message>
      <source>Reply finished</source>
      <translation>回复完毕</translation>
    </message>
    <message>
      <source>Reply interrupted</source>
      <translation>回复中断</translation>
    </message>
    <message>
      <source>Reply interrupted: {reason}</source>
      <translation>回复中断：{reason}</translation>
    </message>
    <message>
      <source>Reply of the demo</source>
      <translation>演示的回复</translation>
    </message>
    <message>
      <source>Reply of {model}</source>
      <translation>{model} 的回复</translation>
    </message>
    <message>
      <source>Reply stopped</source>
      <translation>回复已停止</translation>
    </message>
    <message>
      <source>Request id: {request_id}</source>
      <translation>请求 ID：{request_id}</translation>
    </message>
    <message>
      <source>Resources</source>
      <translation>资源文件</translation>
    </message>
    <message>
      <source>Restart now</source>
      <translation>立即重启</translation>
    </message>
    <message>
      <source>Restart the keychain, or log out and in again.</source>
      <translation>请重启钥匙串，或注销后重新登录。</translation>
    </message>
    <message>
      <source>Restore…</source>
      <translation>恢复…</translation>
    </message>
    <message>
      <source>Retries</source>
      <translation>重试次数</translation>
    </message>
    <message>
      <source>Retry</source>
      <translation>重试</translation>
    </message>
    <message>
      <source>Room of deleted chats</source>
      <translation>已删除对话占用的空间</translation>
    </message>
    <message>
      <source>Run again</source>
      <translation>重新检查</translation>
    </message>
    <message>
      <source>Runs in the background; models by one command</source>
      <translation>在后台运行；一条命令即可获取模型</translation>
    </message>
    <message>
      <source>Sample answers from this computer. Enter on an empty field starts it</source>
      <translation>由本机给出示例回答；输入框为空时按 Enter 即可</translation>
    </message>
    <message>
      <source>Save</source>
      <translation>保存</translation>
    </message>
    <message>
      <source>Save a copy</source>
      <translation>保存副本</translation>
    </message>
    <message>
      <source>Save a copy…</source>
      <translation>保存副本…</translation>
    </message>
    <message>
      <source>Save again</source>
      <translation>再次保存</translation>
    </message>
    <message>
      <source>Save all the same</source>
      <translation>仍然保存</translation>
    </message>
    <message>
      <source>Save as file</source>
      <translation>另存为文件</translation>
    </message>
    <message>
      <source>Save code as file</source>
      <translation>将代码另存为文件</translation>
    </message>
    <message>
      <source>Save key</source>
      <translation>保存密钥</translation>
    </message>
    <message>
      <source>Save without a key</source>
      <translation>不带密钥保存</translation>
    </message>
    <message>
      <source>Saved</source>
      <translation>已保存</translation>
    </message>
    <message>
      <source>Saved as {path}</source>
      <translation>已保存为 {path}</translation>
    </message>
    <message>
      <source>Scale</source>
      <translation>缩放</translation>
    </message>
    <message>
      <source>Screen</source>
      <translation>显示器</translation>
    </message>
    <message>
      <source>Screen reader</source>
      <translation>屏幕阅读器</translation>
    </message>
    <message>
      <source>Screenshot</source>
      <translation>截图</translation>
    </message>
    <message>
      <source>Screenshot of a region…</source>
      <translation>区域截图…</translation>
    </message>
    <message>
      <source>Scroll sideways</source>
      <translation>左右滚动</translation>
    </message>
    <message>
      <source>Search chats</source>
      <translation>搜索对话</translation>
    </message>
    <message>
      <source>Search models</source>
      <translation>搜索模型</translation>
    </message>
    <message>
      <source>Search or type a model id</source>
      <translation>搜索或输入模型 ID</translation>
    </message>
    <message>
      <source>Search results</source>
      <translation>搜索结果</translation>
    </message>
    <message>
      <source>Search settings</source>
      <translation>搜索设置</translation>
    </message>
    <message>
      <source>Seed</source>
      <translation>种子</translation>
    </message>
    <message>
      <source>Select all</source>
      <translation>全选</translation>
    </message>
    <message>
      <source>Send</source>
      <translation>发送</translation>
    </message>
    <message>
      <source>Send them? [y/N]</source>
      <translation>是否发送？[y/N]</translation>
    </message>
    <message>
      <source>Send, or queue while a reply is written</source>
      <translation>发送；正在回复时则排队</translation>
    </message>
    <message>
      <source>Sends the first prompt of a new chat and the beginning of its reply once more, to a cheap model of the account (at Alibaba less than ¥0.003), or to the chat's own where none is known</source>
      <translation>把新对话的第一条提示词和回复的开头再发送一次，交给同一账号的低价模型（阿里云上不到 ¥0.003）；没有已知的低价模型时，交给该对话所用的模型</translation>
    </message>
    <message>
      <source>Sentence by sentence</source>
      <translation>逐句播报</translation>
    </message>
    <message>
      <source>Server address</source>
      <translation>服务器地址</translation>
    </message>
    <message>
      <source>Server: {host}</source>
      <translation>服务器：{host}</translation>
    </message>
    <message>
      <source>Set API key</source>
      <translation>设置 API 密钥</translation>
    </message>
    <message>
      <source>Set QT_IM_MODULE={name} in your session, then log in again.</source>
      <translation>请在会话中设置 QT_IM_MODULE={name}，然后重新登录。</translation>
    </message>
    <message>
      <source>Set QT_IM_MODULES to {value}: fcitx5 speaks the language of ibus too.</source>
      <translation>请将 QT_IM_MODULES 设为 {value}：fcitx5 也支持 ibus 协议。</translation>
    </message>
    <message>
      <source>Set the clock by the network in the system's settings.</source>
      <translation>请在系统设置中启用网络校时。</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>设置</translation>
    </message>
    <message>
      <source>Settings file</source>
      <translation>设置文件</translation>
    </message>
    <message>
      <source>Settings folder</source>
      <translation>设置文件夹</translation>
    </message>
    <message>
      <source>Sheets of A4. Only the versions that are shown.</source>
      <translation>A4 页面。仅含当前显示的版本。</translation>
    </message>
    <message>
      <source>Shift+Enter breaks the line; off: swapped</source>
      <translation>Shift+Enter 换行；关闭后两者互换</translation>
    </message>
    <message>
      <source>Shortcuts</source>
      <translation>快捷键</translation>
    </message>
    <message>
      <source>Shorten the prompt.</source>
      <translation>请缩短提示词。</translation>
    </message>
    <message>
      <source>Show</source>
      <translation>显示</translation>
    </message>
    <message>
      <source>Show fewer</source>
      <translation>收起</translation>
    </message>
    <message>
      <source>Show here</source>
      <translation>在此显示</translation>
    </message>
    <message>
      <source>Show more sources</source>
      <translation>显示更多来源</translation>
    </message>
    <message>
      <source>Show or hide the sidebar</source>
      <translation>显示或隐藏侧边栏</translation>
    </message>
    <message>
      <source>Show report</source>
      <translation>查看报告</translation>
    </message>
    <message>
      <source>Show sidebar</source>
      <translation>显示侧边栏</translation>
    </message>
    <message>
      <source>Show the accounts</source>
      <translation>显示账号</translation>
    </message>
    <message>
      <source>Show the key</source>
      <translation>显示密钥</translation>
    </message>
    <message>
      <source>Show the password</source>
      <translation>显示密码</translation>
    </message>
    <message>
      <source>Show the shortcuts</source>
      <translation>显示快捷键</translation>
    </message>
    <message>
      <source>Show window</source>
      <translation>显示窗口</translation>
    </message>
    <message>
      <source>Show with formatting</source>
      <translation>按格式显示</translation>
    </message>
    <message>
      <source>Singapore</source>
      <translation>新加坡</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>大小</translation>
    </message>
    <message>
      <source>Small and fast; starts with one file of a model</source>
      <translation>小巧快速；用一个模型文件即可启动</translation>
    </message>
    <message>
      <source>Smaller text in the transcript</source>
      <translation>缩小对话文字</translation>
    </message>
    <message>
      <source>Something went wrong inside the app. What was received is kept; the log tells more.</source>
      <translation>应用内部出了问题。已收到的内容都已保留，详情见日志。</translation>
    </message>
    <message>
      <source>Source {number}: {title}</source>
      <translation>来源 {number}：{title}</translation>
    </message>
    <message>
      <source>Source {number}: {title}, {host}</source>
      <translation>来源 {number}：{title}，{host}</translation>
    </message>
    <message>
      <source>Sources</source>
      <translation>来源</translation>
    </message>
    <message>
      <source>Sources: {count}</source>
      <translation>来源：{count}</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>开始</translation>
    </message>
    <message>
      <source>Start the app from the desktop, or check DBUS_SESSION_BUS_ADDRESS.</source>
      <translation>请从桌面启动应用，或检查 DBUS_SESSION_BUS_ADDRESS。</translation>
    </message>
    <message>
      <source>Start the app with: python3 run.py</source>
      <translation>请用此命令启动应用：python3 run.py</translation>
    </message>
    <message>
      <source>Start when I log in</source>
      <translation>登录时启动</translation>
    </message>
    <message>
      <source>Start with the selected text when this window opens?</source>
      <translation>打开此窗口时填入选中的文字吗？</translation>
    </message>
    <message>
      <source>Start with the text on the clipboard when this window opens?</source>
      <translation>打开此窗口时填入剪贴板中的文字吗？</translation>
    </message>
    <message>
      <source>Start {name}, or take its name out of the variables.</source>
      <translation>请启动 {name}，或从变量中去掉它。</translation>
    </message>
    <message>
      <source>Stop</source>
      <translation>停止</translation>
    </message>
    <message>
      <source>Stop texts</source>
      <translation>停止文本</translation>
    </message>
    <message>
      <source>Stop the reply, else close the open panel</source>
      <translation>停止回复，或关闭已打开的面板</translation>
    </message>
    <message>
      <source>Stopped</source>
      <translation>已停止</translation>
    </message>
    <message>
      <source>Stopped.</source>
      <translation>已停止。</translation>
    </message>
    <message>
      <source>Storage</source>
      <translation>存储</translation>
    </message>
    <message>
      <source>Summarise</source>
      <translation>总结</translation>
    </message>
    <message>
      <source>Summarise this:</source>
      <translation>请总结：</translation>
    </message>
    <message>
      <source>System</source>
      <translation>跟随系统</translation>
    </message>
    <message>
      <source>System libraries</source>
      <translation>系统库</translation>
    </message>
    <message>
      <source>System prompt</source>
      <translation>系统提示词</translation>
    </message>
    <message>
      <source>System prompt of this chat</source>
      <translation>此对话的系统提示词</translation>
    </message>
    <message>
      <source>TLS</source>
      <translation>TLS</translation>
    </message>
    <message>
      <source>Table</source>
      <translation>表格</translation>
    </message>
    <message>
      <source>Tag</source>
      <translation>标签</translation>
    </message>
    <message>
      <source>Tags</source>
      <translation>标签</translation>
    </message>
    <message>
      <source>Tags changed</source>
      <translation>标签已更改</translation>
    </message>
    <message>
      <source>Tags changed, chats: {count}</source>
      <translation>已更改 {count} 个对话的标签</translation>
    </message>
    <message>
      <source>Tags of the chat, from the list</source>
      <translation>编辑对话的标签（在列表中）</translation>
    </message>
    <message>
      <source>Tags of {count} chats</source>
      <translation>{count} 个对话的标签</translation>
    </message>
    <message>
      <source>Tags…</source>
      <translation>标签…</translation>
    </message>
    <message>
      <source>Take back in</source>
      <translation>恢复</translation>
    </message>
    <message>
      <source>Take this turn back in</source>
      <translation>恢复这一轮</translation>
    </message>
    <message>
      <source>Taken out of the folder</source>
      <translation>已移出文件夹</translation>
    </message>
    <message>
      <source>Takes effect at the next start</source>
      <translation>下次启动时生效</translation>
    </message>
    <message>
      <source>Temperature</source>
      <translation>温度</translation>
    </message>
    <message>
      <source>Test</source>
      <translation>测试</translation>
    </message>
    <message>
      <source>Test the connection</source>
      <translation>测试连接</translation>
    </message>
    <message>
      <source>Text in the chat</source>
      <translation>对话文字</translation>
    </message>
    <message>
      <source>Text in the transcript as large as usual</source>
      <translation>对话文字恢复默认大小</translation>
    </message>
    <message>
      <source>The PDF could not be made. Export a web page instead, and print that from a browser.</source>
      <translation>无法生成 PDF。请改为导出网页，再用浏览器打印。</translation>
    </message>
    <message>
      <source>The account has an unpaid bill. Pay it in the console; it can take some minutes to count.</source>
      <translation>账号有欠费。请在控制台结清，几分钟后生效。</translation>
    </message>
    <message>
      <source>The address</source>
      <translation>其地址</translation>
    </message>
    <message>
      <source>The address of {host} cannot be found. Check the network and the server address.</source>
      <translation>找不到 {host} 的地址。请检查网络和服务器地址。</translation>
    </message>
    <message>
      <source>The address was given from outside for this run, so none of these is in use until the next start.</source>
      <translation>本次运行的地址由外部指定，因此在下次启动前不使用这些账号。</translation>
    </message>
    <message>
      <source>The app ended unexpectedly last time. Nothing you wrote was lost.</source>
      <translation>应用上次意外退出。您写的内容没有丢失。</translation>
    </message>
    <message>
      <source>The app sets QT_IM_MODULES={value} for itself. Set it in your session for other programs made with Qt.</source>
      <translation>应用会为自己设置 QT_IM_MODULES={value}。其他 Qt 程序需在会话中设置。</translation>
    </message>
    <message>
      <source>The app stalled or ended while it was showing this chat, so it is shown as plain text.</source>
      <translation>上次显示此对话时应用卡住或意外退出，因此以纯文本显示。</translation>
    </message>
    <message>
      <source>The backup of {time} holds {counts}.</source>
      <translation>{time} 的备份含有 {counts}。</translation>
    </message>
    <message>
      <source>The backup of {time} was restored: {counts}.</source>
      <translation>已恢复 {time} 的备份：{counts}。</translation>
    </message>
    <message>
      <source>The certificate of {host} is not trusted, so nothing was sent. Check this computer's clock, the proxy and the server address.</source>
      <translation>{host} 的证书不受信任，因此没有发送任何内容。请检查本机时钟、代理和服务器地址。</translation>
    </message>
    <message>
      <source>The chat is about {excess} tokens too long for this model, which reads at most {limit}.</source>
      <translation>对话约超出 {excess} 个 token，此模型最多读取 {limit} 个。</translation>
    </message>
    <message>
      <source>The chat is too long for this model, which reads at most {limit} tokens.</source>
      <translation>对话过长，此模型最多读取 {limit} 个 token。</translation>
    </message>
    <message>
      <source>The chat is too long for this model, which reads at most {limit} tokens. Shorten the prompt or start a new chat.</source>
      <translation>对话过长，此模型最多读取 {limit} 个 token。请缩短提示词，或新建对话。</translation>
    </message>
    <message>
      <source>The chat is too long for this model.</source>
      <translation>对话超出了此模型的长度上限。</translation>
    </message>
    <message>
      <source>The chat is too long for this model. Shorten the prompt or start a new chat.</source>
      <translation>对话超出了此模型的长度上限。请缩短提示词，或新建对话。</translation>
    </message>
    <message>
      <source>The check is free, in the region you choose.</source>
      <translation>验证不产生费用，并可选择地域。</translation>
    </message>
    <message>
      <source>The chosen backup is not there any more. Choose another one.</source>
      <translation>所选的备份已不存在。请选择其他备份。</translation>
    </message>
    <message>
      <source>The clipboard</source>
      <translation>剪贴板</translation>
    </message>
    <message>
      <source>The connection broke while the reply was being written. What arrived is kept.</source>
      <translation>生成回复时连接中断。已收到的内容已保留。</translation>
    </message>
    <message>
      <source>The connection broke. Asking for the rest of the reply.</source>
      <translation>连接中断，正在请求回复的剩余部分。</translation>
    </message>
    <message>
      <source>The connection to {host} was lost before anything arrived. The reply may have been billed, so the prompt was not sent again by itself.</source>
      <translation>与 {host} 的连接在收到内容之前断开。这次回复可能已计费，因此没有自动重发。</translation>
    </message>
    <message>
      <source>The connection to {host} would not be encrypted, so nothing was sent. Use an https address.</source>
      <translation>与 {host} 的连接没有加密，因此没有发送任何内容。请使用 https 地址。</translation>
    </message>
    <message>
      <source>The damaged files are kept.</source>
      <translation>损坏的文件已保留。</translation>
    </message>
    <message>
      <source>The data folder</source>
      <translation>数据文件夹</translation>
    </message>
    <message>
      <source>The data folder is {folder} now. The old one is still at {old}.</source>
      <translation>数据文件夹现在位于 {folder}，旧文件夹仍在 {old}。</translation>
    </message>
    <message>
      <source>The data folder was not moved.</source>
      <translation>数据文件夹没有移动。</translation>
    </message>
    <message>
      <source>The demo answers on this computer. It is not Qwen.</source>
      <translation>由本机的演示作答，并非 Qwen。</translation>
    </message>
    <message>
      <source>The desktop asks you before it gives keys to a program.</source>
      <translation>桌面会先征求您的同意，再把按键交给程序。</translation>
    </message>
    <message>
      <source>The desktop chose {keys}</source>
      <translation>桌面分配的是 {keys}</translation>
    </message>
    <message>
      <source>The disk fails at {path}. Check the disk, then try again.</source>
      <translation>磁盘在 {path} 处读写出错。请检查磁盘后重试。</translation>
    </message>
    <message>
      <source>The disk is full, so {path} cannot be written. Free some space, then try again.</source>
      <translation>磁盘已满，无法写入 {path}。请腾出空间后重试。</translation>
    </message>
    <message>
      <source>The environment variable DASHSCOPE_API_KEY does not hold an API key. Correct it or remove it, then start the app again.</source>
      <translation>环境变量 DASHSCOPE_API_KEY 的内容不是 API 密钥。请改正或删除它，然后重新启动应用。</translation>
    </message>
    <message>
      <source>The free quota of this model is used up. Allow paid use in the console, or choose another model.</source>
      <translation>此模型的免费额度已用完。请在控制台允许付费使用，或更换模型。</translation>
    </message>
    <message>
      <source>The history holds {counts} now.</source>
      <translation>历史记录现有 {counts}。</translation>
    </message>
    <message>
      <source>The history in {path} could not be brought up to date and was left as it was. Go on with the version of the app that you had before.</source>
      <translation>{path} 中的历史记录无法升级，已保持原样。请继续使用之前的版本。</translation>
    </message>
    <message>
      <source>The history in {path} is damaged and was left untouched. Earlier copies are in the folder backups.</source>
      <translation>{path} 中的历史记录已损坏，未作改动。backups 文件夹中有较早的副本。</translation>
    </message>
    <message>
      <source>The history is as it was before.</source>
      <translation>历史记录保持原样。</translation>
    </message>
    <message>
      <source>The history is being copied…</source>
      <translation>正在复制历史记录…</translation>
    </message>
    <message>
      <source>The history is damaged. It will be repaired when the app is started again.</source>
      <translation>历史记录已损坏，下次启动应用时会修复。</translation>
    </message>
    <message>
      <source>The history is in use by another program. Close that program, then try again.</source>
      <translation>历史记录正被其他程序使用。请关闭该程序后重试。</translation>
    </message>
    <message>
      <source>The history was damaged and was put together anew.</source>
      <translation>历史记录曾损坏，已重新整理。</translation>
    </message>
    <message>
      <source>The history was deleted while the app was open, and was written again to {path}. What else was deleted with it, such as pictures and backups, is gone.</source>
      <translation>历史记录在应用打开期间被删除，现已重新写入 {path}。一同删除的其他内容（如图片和备份）无法找回。</translation>
    </message>
    <message>
      <source>The history was made smaller: {after} instead of {before}.</source>
      <translation>历史记录已压缩：从 {before} 变为 {after}。</translation>
    </message>
    <message>
      <source>The history was written by a newer version of Qwen Desktop and was left untouched. Install the newer version to open it.</source>
      <translation>历史记录由更新版本的 Qwen Desktop 写入，未作改动。请安装新版本后打开。</translation>
    </message>
    <message>
      <source>The key comes from DASHSCOPE_API_KEY; it goes before one of your own.</source>
      <translation>密钥来自 DASHSCOPE_API_KEY，优先于您自己的密钥。</translation>
    </message>
    <message>
      <source>The key comes from the environment variable DASHSCOPE_API_KEY.</source>
      <translation>密钥来自环境变量 DASHSCOPE_API_KEY。</translation>
    </message>
    <message>
      <source>The key could not be removed from the keychain.</source>
      <translation>无法从钥匙串中删除密钥。</translation>
    </message>
    <message>
      <source>The key is kept in memory until the app is closed.</source>
      <translation>密钥只保存在内存中，关闭应用后即清除。</translation>
    </message>
    <message>
      <source>The key is kept in the system keychain.</source>
      <translation>密钥保存在系统钥匙串中。</translation>
    </message>
    <message>
      <source>The key itself goes with it.</source>
      <translation>密钥会一并转移。</translation>
    </message>
    <message>
      <source>The keychain of this system is not supported. Use the key for this session only, or set DASHSCOPE_API_KEY.</source>
      <translation>不支持此系统的钥匙串。请仅在本次使用该密钥，或设置 DASHSCOPE_API_KEY。</translation>
    </message>
    <message>
      <source>The limit of tokens per minute is reached. Try again in about a minute.</source>
      <translation>已达到每分钟 token 上限。请约一分钟后重试。</translation>
    </message>
    <message>
      <source>The limit of tokens per minute is reached. Try again in {time}.</source>
      <translation>已达到每分钟 token 上限。请在 {time}后重试。</translation>
    </message>
    <message>
      <source>The longest reply is a whole number of tokens. Nothing was sent; change it in the settings.</source>
      <translation>回复的最大长度须为 token 的整数个数。请求未发送，请在设置中修改。</translation>
    </message>
    <message>
      <source>The message to be answered was deleted meanwhile, here or by another program. Nothing was sent; ask it as a new message.</source>
      <translation>要回答的消息已在此处或被其他程序删除。未发送任何内容，请作为新消息提问。</translation>
    </message>
    <message>
      <source>The message you edited was deleted meanwhile, here or by another program. Nothing was sent. What you wrote is in the message field of its chat; send it as a new message.</source>
      <translation>所编辑的消息已在此处或被其他程序删除，未发送任何内容。您写的内容保留在该对话的输入框中，请作为新消息发送。</translation>
    </message>
    <message>
      <source>The model does not accept an option of this request. Choose another model.</source>
      <translation>此模型不接受本次请求中的某个选项。请更换模型。</translation>
    </message>
    <message>
      <source>The model does not see pictures. Earlier prompts sent without theirs: {count}</source>
      <translation>此模型看不了图片。之前的提问中，未附图片发送的有 {count} 条</translation>
    </message>
    <message>
      <source>The model is overloaded. Try again in a moment, or choose another model.</source>
      <translation>模型负载过高。请稍后重试，或更换模型。</translation>
    </message>
    <message>
      <source>The model is overloaded. Try again in {time}.</source>
      <translation>模型负载过高。请在 {time}后重试。</translation>
    </message>
    <message>
      <source>The model's reply is empty. Try again, or put the prompt differently.</source>
      <translation>模型的回复为空。请重试，或换一种问法。</translation>
    </message>
    <message>
      <source>The monthly cap is reached, so nothing was sent. Raise the cap in the settings to go on.</source>
      <translation>已达到每月上限，请求未发送。请在设置中提高上限后继续。</translation>
    </message>
    <message>
      <source>The new chat is in the list: “{title}”</source>
      <translation>新对话已在列表中：“{title}”</translation>
    </message>
    <message>
      <source>The newest turns are sent, whole, up to nine tenths of that. A new chat begins empty.</source>
      <translation>发送最新的若干轮，每轮完整，至多占其十分之九。新建对话则从空白开始。</translation>
    </message>
    <message>
      <source>The next start restores the backup of {time}.</source>
      <translation>下次启动时会恢复 {time} 的备份。</translation>
    </message>
    <message>
      <source>The other one is converted: $1 counts as ¥8, ¥1 as $0.16</source>
      <translation>另一币种会换算：$1 计为 ¥8，¥1 计为 $0.16</translation>
    </message>
    <message>
      <source>The picture</source>
      <translation>图片</translation>
    </message>
    <message>
      <source>The proxy asks for a user name and a password. Enter them in the settings.</source>
      <translation>代理要求用户名和密码。请在设置中填写。</translation>
    </message>
    <message>
      <source>The proxy does not let the connection through. Check it in the settings.</source>
      <translation>无法通过代理连接。请在设置中检查代理。</translation>
    </message>
    <message>
      <source>The quota of this account is used up. Check it in the console.</source>
      <translation>此账号的额度已用完。请到控制台查看。</translation>
    </message>
    <message>
      <source>The reply came to a standstill and was ended. What arrived is kept.</source>
      <translation>回复长时间没有进展，已结束。已收到的内容已保留。</translation>
    </message>
    <message>
      <source>The reply could not be had for an unknown reason. Try again.</source>
      <translation>由于未知原因未能得到回复。请重试。</translation>
    </message>
    <message>
      <source>The reply ends before one of them; one per line, \n is a line break</source>
      <translation>回复在出现其一之前结束；每行一个，\n 表示换行</translation>
    </message>
    <message>
      <source>The reply grew larger than this app accepts and was ended. What arrived is kept.</source>
      <translation>回复超出了本应用接受的大小，已结束。已收到的内容已保留。</translation>
    </message>
    <message>
      <source>The reply reached the model's length limit and stopped there.</source>
      <translation>回复已达到模型的长度上限，在此处停止。</translation>
    </message>
    <message>
      <source>The reply was interrupted. What arrived is kept.</source>
      <translation>回复已中断。已收到的内容已保留。</translation>
    </message>
    <message>
      <source>The report is not there any more.</source>
      <translation>报告已不存在。</translation>
    </message>
    <message>
      <source>The report was copied.</source>
      <translation>报告已复制。</translation>
    </message>
    <message>
      <source>The request is larger than {host} accepts. Shorten the prompt.</source>
      <translation>请求超出了 {host} 接受的大小。请缩短提示词。</translation>
    </message>
    <message>
      <source>The same seed makes similar replies</source>
      <translation>相同的种子会得到相近的回复</translation>
    </message>
    <message>
      <source>The seed is a whole number from 0 to 2147483647. Nothing was sent; change it in the settings.</source>
      <translation>随机种子须为 0 到 2147483647 的整数。请求未发送，请在设置中修改。</translation>
    </message>
    <message>
      <source>The selected text</source>
      <translation>选中的文字</translation>
    </message>
    <message>
      <source>The server address is not valid. Enter one such as {example}.</source>
      <translation>服务器地址无效。请填写类似 {example} 的地址。</translation>
    </message>
    <message>
      <source>The server does not list {model}. Choose another one, or save it all the same.</source>
      <translation>服务器的列表中没有 {model}。请另选一个，或仍然保存。</translation>
    </message>
    <message>
      <source>The server is there, but lists no model. Enter the id of one.</source>
      <translation>服务器在运行，但没有列出模型。请输入模型 ID。</translation>
    </message>
    <message>
      <source>The server learns your IP address and that you looked at the image.</source>
      <translation>对方服务器会得知您的 IP 地址，以及您查看了这张图片。</translation>
    </message>
    <message>
      <source>The server lists no models.</source>
      <translation>服务器没有列出任何模型。</translation>
    </message>
    <message>
      <source>The server's list of models does not name {model}, the model for new chats.</source>
      <translation>服务器的模型列表中没有 {model}（新对话使用的模型）。</translation>
    </message>
    <message>
      <source>The server's list of models is not here. {why}</source>
      <translation>未能取得服务器的模型列表。{why}</translation>
    </message>
    <message>
      <source>The service</source>
      <translation>服务</translation>
    </message>
    <message>
      <source>The service cannot fetch a picture of the earlier turn “{turn}”; its link may have expired. Upload it again, or leave that turn out.</source>
      <translation>服务无法获取较早一轮“{turn}”中的图片，链接可能已失效。请重新上传，或略去那一轮。</translation>
    </message>
    <message>
      <source>The service cannot fetch a picture of this prompt; its link may have expired. Upload it again.</source>
      <translation>服务无法获取这条提示词的图片，链接可能已失效。请重新上传。</translation>
    </message>
    <message>
      <source>The service cannot fetch one of the chat's pictures; its link may have expired. Upload them again, or leave out the earlier turns with pictures.</source>
      <translation>服务无法获取对话中的某张图片，链接可能已失效。请重新上传，或略去较早的带图轮次。</translation>
    </message>
    <message>
      <source>The service's content filter stopped the prompt. Change it and send it again.</source>
      <translation>提示词被服务的内容审核拦截。请修改后重新发送。</translation>
    </message>
    <message>
      <source>The service's content filter stopped the reply. What arrived is kept; change the prompt to go on.</source>
      <translation>回复被服务的内容审核拦截。已收到的内容已保留，请修改提示词后继续。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this prompt or what was sent with it. Edit the prompt, or leave out the earlier turn “{turn}”.</source>
      <translation>这条提示词或随它发送的内容被服务的内容审核拦截。请修改提示词，或略去较早的一轮“{turn}”。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this prompt. It is not sent with later messages; edit it to ask again.</source>
      <translation>这条提示词被服务的内容审核拦截。它不会随后续消息发送，修改后可重新提问。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this reply. Try again, or edit the prompt.</source>
      <translation>这条回复被服务的内容审核拦截。请重试，或修改提示词。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this reply. What arrived is kept and not sent again.</source>
      <translation>这条回复被服务的内容审核拦截。已收到的内容已保留，不会再发送。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this reply. What arrived is kept; should later messages be refused because of it, leave this turn out.</source>
      <translation>这条回复被服务的内容审核拦截。已收到的内容已保留；如果后续消息因此被拒绝，请略去这一轮。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this request, probably because of the earlier turn “{turn}”. Leave that turn out, or edit the prompt.</source>
      <translation>这次请求被服务的内容审核拦截，原因很可能是较早的一轮“{turn}”。请略去那一轮，或修改提示词。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this request, probably because of {count} earlier turns. Leave them out, or edit the prompt.</source>
      <translation>这次请求被服务的内容审核拦截，原因很可能是较早的 {count} 轮。请略去它们，或修改提示词。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this request. What it probably objected to is left out now; try again.</source>
      <translation>这次请求被服务的内容审核拦截。很可能引起拦截的内容现已略去，请重试。</translation>
    </message>
    <message>
      <source>The service's content filter stopped this turn. Change the prompt and send it again.</source>
      <translation>这轮对话被服务的内容审核拦截。请修改提示词后重新发送。</translation>
    </message>
    <message>
      <source>The setting {name} in {path} has a value that cannot be used. Its default is in use.</source>
      <translation>{path} 中设置项 {name} 的值无法使用，已改用默认值。</translation>
    </message>
    <message>
      <source>The subscription for this model is missing or has run out. Renew it in the console.</source>
      <translation>此模型的套餐尚未购买或已到期。请在控制台续订。</translation>
    </message>
    <message>
      <source>The sum of {count} requests: it was continued.</source>
      <translation>为 {count} 次请求之和：这条回复曾续写。</translation>
    </message>
    <message>
      <source>The system keychain did not keep the key. Use it for this session only, or set DASHSCOPE_API_KEY.</source>
      <translation>系统钥匙串没有保存密钥。请仅在本次使用，或设置 DASHSCOPE_API_KEY。</translation>
    </message>
    <message>
      <source>The system keychain does not work. Use the key for this session only.</source>
      <translation>系统钥匙串无法使用。请仅在本次使用该密钥。</translation>
    </message>
    <message>
      <source>The system keychain is locked. Unlock it and try again, or use the key for this session only.</source>
      <translation>系统钥匙串已锁定。请解锁后重试，或仅在本次使用该密钥。</translation>
    </message>
    <message>
      <source>The system keychain refused. Allow the access and try again, or use the key for this session only.</source>
      <translation>系统钥匙串拒绝访问。请允许访问后重试，或仅在本次使用该密钥。</translation>
    </message>
    <message>
      <source>The system prompt alone is longer than this model reads, which is {limit} tokens. Nothing was sent; shorten it.</source>
      <translation>仅系统提示词就超出了此模型能读取的 {limit} 个 token。请求未发送，请缩短它。</translation>
    </message>
    <message>
      <source>The system prompt is too long for this model. Nothing was sent; shorten it.</source>
      <translation>系统提示词对此模型来说过长。请求未发送，请缩短它。</translation>
    </message>
    <message>
      <source>The temperature is a number from 0 to below 2. Nothing was sent; change it in the settings.</source>
      <translation>温度须不小于 0 且小于 2。请求未发送，请在设置中修改。</translation>
    </message>
    <message>
      <source>The thinking budget is a whole number of tokens. Nothing was sent; change it in the settings.</source>
      <translation>思考预算须为 token 的整数个数。请求未发送，请在设置中修改。</translation>
    </message>
    <message>
      <source>The turn is sent again with later messages</source>
      <translation>这一轮将重新随后续消息发送</translation>
    </message>
    <message>
      <source>The way to {host} is not encrypted: others in the network can read your chats and your key. Go on only in a network you trust. This is remembered for this address.</source>
      <translation>与 {host} 的连接不加密：网络中的其他人可以读取您的对话和密钥。只在您信任的网络中继续。此选择会为该地址记住。</translation>
    </message>
    <message>
      <source>Theme</source>
      <translation>主题</translation>
    </message>
    <message>
      <source>There are no messages in it.</source>
      <translation>其中没有消息。</translation>
    </message>
    <message>
      <source>There are {count} messages.</source>
      <translation>现有 {count} 条消息。</translation>
    </message>
    <message>
      <source>There is no chat with the number {id}.</source>
      <translation>没有编号为 {id} 的对话。</translation>
    </message>
    <message>
      <source>There is no screen to show a window on.</source>
      <translation>没有可以显示窗口的屏幕。</translation>
    </message>
    <message>
      <source>There is no terminal to ask on: add --yes if you agree.</source>
      <translation>没有可供询问的终端：如果同意，请加上 --yes。</translation>
    </message>
    <message>
      <source>There is too little room at {folder}. Choose another place, or free some.</source>
      <translation>{folder} 的空间不足，请另选位置或腾出空间。</translation>
    </message>
    <message>
      <source>These are too many pictures for one request: at most {count}, and 30 MB together. Take some out.</source>
      <translation>一次请求的图片过多：最多 {count} 张，总共 30 MB。请移除一些。</translation>
    </message>
    <message>
      <source>These keys cannot be a hotkey; choose a letter, a digit or a function key with Ctrl or Alt.</source>
      <translation>这组按键不能用作热键，请选择 Ctrl 或 Alt 加字母、数字或功能键。</translation>
    </message>
    <message>
      <source>These keys do not work here. Choose others.</source>
      <translation>这组按键在这里无法使用，请换一组。</translation>
    </message>
    <message>
      <source>These settings in {path} have values that cannot be used: {names}. Their defaults are in use.</source>
      <translation>{path} 中以下设置的值无法使用，已改用默认值：{names}。</translation>
    </message>
    <message>
      <source>They are set where the accounts are</source>
      <translation>在账号所在的页面设置</translation>
    </message>
    <message>
      <source>Thinking</source>
      <translation>思考</translation>
    </message>
    <message>
      <source>Thinking budget</source>
      <translation>思考预算</translation>
    </message>
    <message>
      <source>Thinking effort</source>
      <translation>思考强度</translation>
    </message>
    <message>
      <source>Thinking effort: {effort}</source>
      <translation>思考强度：{effort}</translation>
    </message>
    <message>
      <source>Thinking models take longer</source>
      <translation>思考模型需要更久</translation>
    </message>
    <message>
      <source>Thinking · {time}</source>
      <translation>正在思考 · {time}</translation>
    </message>
    <message>
      <source>This API key does not belong to the workspace asked for. Check the workspace in the server address, or enter a key of that workspace.</source>
      <translation>此 API 密钥不属于所请求的业务空间。请检查服务器地址中的业务空间，或改用该空间的密钥。</translation>
    </message>
    <message>
      <source>This API key has no access to the model. Choose another model, or ask the workspace's owner.</source>
      <translation>此 API 密钥无权使用该模型。请更换模型，或联系业务空间的所有者。</translation>
    </message>
    <message>
      <source>This backup is damaged and cannot be restored.</source>
      <translation>这份备份已损坏，无法恢复。</translation>
    </message>
    <message>
      <source>This chat is not there any more.</source>
      <translation>此对话已不存在。</translation>
    </message>
    <message numerus="yes">
      <source>This chat with all its versions: {n} replies</source>
      <translation>
        <numerusform>此对话及其所有版本：{n} 条回复</numerusform>
      </translation>
    </message>
    <message>
      <source>This computer's clock differs from the service's by {seconds} s.</source>
      <translation>本机时钟与服务端相差 {seconds} 秒。</translation>
    </message>
    <message>
      <source>This desktop gives apps no screenshots. Take one with the desktop's own tool and paste it here; nothing was sent.</source>
      <translation>此桌面不允许应用截图。请用桌面自带的截图工具截取后粘贴到这里；没有发送任何内容。</translation>
    </message>
    <message>
      <source>This desktop gives keys to no program. In its keyboard settings, bind this command:</source>
      <translation>此桌面不向程序提供全局按键。请在桌面的键盘设置中绑定这条命令：</translation>
    </message>
    <message>
      <source>This desktop has no tray in which Qwen Desktop could stay when its window is closed. A panel with a tray makes it possible.</source>
      <translation>此桌面没有托盘，因此关闭窗口后 Qwen Desktop 无法留在托盘中。使用带托盘的面板即可。</translation>
    </message>
    <message>
      <source>This formula cannot be drawn: {reason}</source>
      <translation>无法绘制此公式：{reason}</translation>
    </message>
    <message>
      <source>This is not a proxy's address. Enter one such as {example}; nothing was changed.</source>
      <translation>这不是代理地址。请输入如 {example} 的地址；未作任何更改。</translation>
    </message>
    <message>
      <source>This is not an API key: it is empty, too long, or holds a space or a character that keys never have. Copy the key again.</source>
      <translation>这不是 API 密钥：内容为空、过长，或含有空格等密钥中不会出现的字符。请重新复制密钥。</translation>
    </message>
    <message>
      <source>This key belongs to another region.</source>
      <translation>这个密钥属于另一个地域。</translation>
    </message>
    <message>
      <source>This list</source>
      <translation>本列表</translation>
    </message>
    <message>
      <source>This model cannot be used in this way. Choose another model.</source>
      <translation>此模型不支持这种调用方式。请更换模型。</translation>
    </message>
    <message>
      <source>This model does not continue a reply that broke off. Try again.</source>
      <translation>该模型不能续写中断的回复，请重试。</translation>
    </message>
    <message>
      <source>This model does not see pictures. Choose one that does, such as {model}, or take the pictures out.</source>
      <translation>此模型看不了图片。请选择能看图的模型（如 {model}），或移除图片。</translation>
    </message>
    <message>
      <source>This model is not known to search the web here. Nothing was sent; choose another model.</source>
      <translation>未知此模型在这里能否联网搜索。没有发送任何内容，请换一个模型。</translation>
    </message>
    <message>
      <source>This report was not sent to anybody. It tells where in the app it happened, and holds no text of your chats, no key and no folder of yours. You may copy it into a bug report, or delete it.</source>
      <translation>这份报告没有发送给任何人。它只说明问题出在应用的何处，不含您的对话内容、密钥和个人文件夹。您可以将它复制到问题反馈中，也可以删除。</translation>
    </message>
    <message>
      <source>This sends {count} tiny requests to {address} with your own API key, one after the other. Together they cost less than a cent. A report is printed; it holds no key and no text of a reply and goes nowhere.</source>
      <translation>将使用您自己的 API 密钥向 {address} 依次发送 {count} 个极小的请求，总费用不到一分钱。随后打印一份报告；报告不含密钥和回复内容，也不会发往任何地方。</translation>
    </message>
    <message>
      <source>This system has no keychain running. Start one (GNOME Keyring, KWallet, KeePassXC), or use the key for this session only.</source>
      <translation>系统中没有运行钥匙串服务。请启动一个（GNOME Keyring、KWallet 或 KeePassXC），或仅在本次使用该密钥。</translation>
    </message>
    <message>
      <source>This value cannot be used; nothing was changed.</source>
      <translation>此值无法使用，未作任何更改。</translation>
    </message>
    <message>
      <source>Thought for {seconds} s</source>
      <translation>已思考 {seconds} 秒</translation>
    </message>
    <message>
      <source>Thought for {time}</source>
      <translation>已思考 {time}</translation>
    </message>
    <message>
      <source>Thoughts</source>
      <translation>思考过程</translation>
    </message>
    <message>
      <source>Titles by a model</source>
      <translation>由模型拟标题</translation>
    </message>
    <message>
      <source>To read and to print in any browser, from this one file. Only the versions that are shown.</source>
      <translation>单个文件，可在任意浏览器中阅读和打印。仅含当前显示的版本。</translation>
    </message>
    <message>
      <source>Today</source>
      <translation>今天</translation>
    </message>
    <message>
      <source>Token Plan</source>
      <translation>Token Plan</translation>
    </message>
    <message>
      <source>Tokens and cost by month and model</source>
      <translation>按月份和模型统计的 token 与费用</translation>
    </message>
    <message>
      <source>Tokens and cost…</source>
      <translation>token 与费用…</translation>
    </message>
    <message>
      <source>Tokens, cost and context</source>
      <translation>token、费用与上下文</translation>
    </message>
    <message>
      <source>Too many requests for this key. Try again in {time}.</source>
      <translation>此密钥的请求过于频繁。请在 {time}后重试。</translation>
    </message>
    <message>
      <source>Too many requests for this key. Wait a moment, then try again.</source>
      <translation>此密钥的请求过于频繁。请稍候再试。</translation>
    </message>
    <message>
      <source>Tool call</source>
      <translation>工具调用</translation>
    </message>
    <message>
      <source>Top P</source>
      <translation>Top P（核采样）</translation>
    </message>
    <message>
      <source>Top P is a number above 0, at most 1. Nothing was sent; change it in the settings.</source>
      <translation>Top P 须大于 0 且不超过 1。请求未发送，请在设置中修改。</translation>
    </message>
    <message>
      <source>Transcript</source>
      <translation>对话内容</translation>
    </message>
    <message>
      <source>Translate</source>
      <translation>翻译</translation>
    </message>
    <message>
      <source>Translate into Chinese:</source>
      <translation>翻译成中文：</translation>
    </message>
    <message>
      <source>Translate into English:</source>
      <translation>翻译成英文：</translation>
    </message>
    <message>
      <source>Tray</source>
      <translation>托盘</translation>
    </message>
    <message>
      <source>Try again</source>
      <translation>重试</translation>
    </message>
    <message>
      <source>Try the demo</source>
      <translation>先试用演示</translation>
    </message>
    <message>
      <source>Try the other regions</source>
      <translation>尝试其他地域</translation>
    </message>
    <message>
      <source>Trying the other regions…</source>
      <translation>正在尝试其他地域…</translation>
    </message>
    <message>
      <source>Turn deleted</source>
      <translation>已删除这一轮</translation>
    </message>
    <message>
      <source>Two of its messages have the number {id}.</source>
      <translation>其中有两条消息的编号都是 {id}。</translation>
    </message>
    <message>
      <source>US (Virginia)</source>
      <translation>美国（弗吉尼亚）</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>撤销</translation>
    </message>
    <message>
      <source>Unpin</source>
      <translation>取消置顶</translation>
    </message>
    <message>
      <source>Unset QT_QPA_PLATFORM.</source>
      <translation>请取消设置 QT_QPA_PLATFORM。</translation>
    </message>
    <message>
      <source>Unset it, or give scheme and host only: https://HOST</source>
      <translation>请取消设置，或只写协议和主机：https://HOST</translation>
    </message>
    <message>
      <source>Unset {name}, or let it name what is there.</source>
      <translation>请取消设置 {name}，或让它指向存在的文件。</translation>
    </message>
    <message>
      <source>Until its headers are there, in all</source>
      <translation>直到收到响应头，合计</translation>
    </message>
    <message>
      <source>Until then, chats are kept in memory only and are gone when the app is closed.</source>
      <translation>在此之前，对话只保存在内存中，关闭应用后就会消失。</translation>
    </message>
    <message>
      <source>Untitled</source>
      <translation>无标题</translation>
    </message>
    <message>
      <source>Untitled chat</source>
      <translation>未命名对话</translation>
    </message>
    <message>
      <source>Untitled page</source>
      <translation>无标题网页</translation>
    </message>
    <message>
      <source>Upload again</source>
      <translation>重新上传</translation>
    </message>
    <message>
      <source>Usage and cost</source>
      <translation>用量与费用</translation>
    </message>
    <message>
      <source>Use</source>
      <translation>使用</translation>
    </message>
    <message>
      <source>Use a model near you</source>
      <translation>使用本机或局域网的模型</translation>
    </message>
    <message>
      <source>Use your key</source>
      <translation>使用自己的密钥</translation>
    </message>
    <message>
      <source>Use {model}</source>
      <translation>改用 {model}</translation>
    </message>
    <message>
      <source>Use {region}</source>
      <translation>改用{region}</translation>
    </message>
    <message>
      <source>Use {server}</source>
      <translation>使用 {server}</translation>
    </message>
    <message>
      <source>Use “{model_id}”</source>
      <translation>使用“{model_id}”</translation>
    </message>
    <message>
      <source>User</source>
      <translation>用户名</translation>
    </message>
    <message>
      <source>Version {number} of {count}</source>
      <translation>第 {number} 个版本，共 {count} 个</translation>
    </message>
    <message>
      <source>Version {version}</source>
      <translation>版本 {version}</translation>
    </message>
    <message>
      <source>Very high</source>
      <translation>很高</translation>
    </message>
    <message>
      <source>View as plain text</source>
      <translation>以纯文本查看</translation>
    </message>
    <message>
      <source>Wait for more data</source>
      <translation>等待后续数据</translation>
    </message>
    <message>
      <source>Wait for the answer to begin</source>
      <translation>等待开始响应</translation>
    </message>
    <message>
      <source>Wait for the connection</source>
      <translation>等待连接</translation>
    </message>
    <message>
      <source>Wait for the first data</source>
      <translation>等待首个数据</translation>
    </message>
    <message>
      <source>Waiting for the keyring…</source>
      <translation>正在等待系统钥匙串…</translation>
    </message>
    <message>
      <source>Waiting for the reply · {time}</source>
      <translation>正在等待回复 · {time}</translation>
    </message>
    <message>
      <source>Waiting {time} before trying again</source>
      <translation>{time}后自动重试</translation>
    </message>
    <message>
      <source>Web page (HTML)</source>
      <translation>网页（HTML）</translation>
    </message>
    <message>
      <source>Web search</source>
      <translation>联网搜索</translation>
    </message>
    <message>
      <source>Website</source>
      <translation>网站</translation>
    </message>
    <message>
      <source>Website of {name}</source>
      <translation>{name} 的网站</translation>
    </message>
    <message>
      <source>Welcome to Qwen Desktop</source>
      <translation>欢迎使用 Qwen Desktop</translation>
    </message>
    <message>
      <source>What can I help with?</source>
      <translation>有什么可以帮忙的？</translation>
    </message>
    <message>
      <source>What comes before message {id} is missing.</source>
      <translation>消息 {id} 之前的内容缺失。</translation>
    </message>
    <message>
      <source>What does Throttling.AllocationQuota mean for keys of a plan?</source>
      <translation>对套餐密钥而言，Throttling.AllocationQuota 是什么意思？</translation>
    </message>
    <message>
      <source>What does a stream with two choices look like?</source>
      <translation>含两个候选回复的流是什么样子？</translation>
    </message>
    <message>
      <source>What does a streamed continuation of a begun reply look like, and does qwen3.8-max take it?</source>
      <translation>续写回复的流是什么样子？qwen3.8-max 是否支持？</translation>
    </message>
    <message>
      <source>What does the content filter send in the middle of a stream?</source>
      <translation>内容审核在流的中途会发送什么？</translation>
    </message>
    <message>
      <source>What is there now is backed up first, so you can come back to it.</source>
      <translation>现有内容会先备份，之后可以找回。</translation>
    </message>
    <message>
      <source>What it is told of a reply being written</source>
      <translation>正在生成的回复如何播报</translation>
    </message>
    <message>
      <source>What replies and titles took, by the month in which they ended, in this computer's time</source>
      <translation>回复与标题的用量，按其结束的月份统计，以本机时间为准</translation>
    </message>
    <message>
      <source>What stands in the field when it opens</source>
      <translation>打开时输入框中的内容</translation>
    </message>
    <message>
      <source>What was copied has more than {most:,} characters. Paste it if you want it here.</source>
      <translation>要填入的内容超过 {most:,} 个字符。需要时请直接粘贴。</translation>
    </message>
    <message>
      <source>What was sent for this reply is not known exactly, so nothing was copied. That is so for older replies, for requests that never left, and for those with large attachments.</source>
      <translation>无法确切还原这条回复当时发送的内容，因此没有复制任何内容。较早的回复、未能发出的请求以及带有大附件的请求都是如此。</translation>
    </message>
    <message>
      <source>When a reply is done and the window is not seen</source>
      <translation>回复完成而窗口不可见时</translation>
    </message>
    <message>
      <source>When it fails</source>
      <translation>失败时</translation>
    </message>
    <message>
      <source>When it is finished</source>
      <translation>完成时播报</translation>
    </message>
    <message>
      <source>Where the data folder is to be</source>
      <translation>选择数据文件夹的位置</translation>
    </message>
    <message>
      <source>Where the desktop has a tray</source>
      <translation>如果桌面有托盘</translation>
    </message>
    <message>
      <source>Which comments keep a silent stream alive, how often, and on which protocol?</source>
      <translation>静默的流靠哪些注释行保持连接，间隔多久，在哪种协议上？</translation>
    </message>
    <message>
      <source>Which headers does a 429 have, Retry-After among them?</source>
      <translation>429 响应有哪些响应头，是否包含 Retry-After？</translation>
    </message>
    <message>
      <source>Which native path do dated versions of qwen3.7-max have?</source>
      <translation>qwen3.7-max 的快照版本使用哪个原生路径？</translation>
    </message>
    <message>
      <source>Which paths does the finance cloud have?</source>
      <translation>金融云使用哪些路径？</translation>
    </message>
    <message>
      <source>Why</source>
      <translation>原因</translation>
    </message>
    <message>
      <source>Widest the text and the composer get</source>
      <translation>文字和输入框的最大宽度</translation>
    </message>
    <message>
      <source>Width of lines</source>
      <translation>行宽</translation>
    </message>
    <message>
      <source>Windows Credential Manager</source>
      <translation>Windows 凭据管理器</translation>
    </message>
    <message>
      <source>With the reasoning</source>
      <translation>包含思考过程</translation>
    </message>
    <message>
      <source>With what was deleted and can be brought back</source>
      <translation>包含已删除但可恢复的内容</translation>
    </message>
    <message>
      <source>Without it a key lasts until the app is closed, or comes from {variable}.</source>
      <translation>没有钥匙串时，密钥只保留到应用关闭，或来自 {variable}。</translation>
    </message>
    <message>
      <source>Without it the app stays in the task list, and closing its window ends it.</source>
      <translation>没有托盘时，应用留在任务栏中，关闭窗口即退出。</translation>
    </message>
    <message>
      <source>Works in every program</source>
      <translation>在所有程序中可用</translation>
    </message>
    <message>
      <source>Wrap lines</source>
      <translation>自动换行</translation>
    </message>
    <message>
      <source>Write a message</source>
      <translation>输入消息</translation>
    </message>
    <message>
      <source>Writing · {time}</source>
      <translation>正在输出 · {time}</translation>
    </message>
    <message>
      <source>Yes, fill it in</source>
      <translation>好，填入</translation>
    </message>
    <message>
      <source>Yesterday</source>
      <translation>昨天</translation>
    </message>
    <message>
      <source>You</source>
      <translation>你</translation>
    </message>
    <message>
      <source>You, {time}</source>
      <translation>你，{time}</translation>
    </message>
    <message>
      <source>You, {time}, {state}</source>
      <translation>你，{time}，{state}</translation>
    </message>
    <message>
      <source>Your key stays in the system keychain, never in a file.</source>
      <translation>密钥只保存在系统钥匙串里，不写入任何文件。</translation>
    </message>
    <message>
      <source>a change was cut off; it is undone when the app opens the history</source>
      <translation>有一次写入被中断；应用打开历史记录时会将其撤销</translation>
    </message>
    <message>
      <source>above {least}, at most {most}</source>
      <translation>大于 {least} 且不超过 {most}</translation>
    </message>
    <message>
      <source>accessibility</source>
      <translation>无障碍</translation>
    </message>
    <message>
      <source>all there</source>
      <translation>齐全</translation>
    </message>
    <message>
      <source>already there</source>
      <translation>已有</translation>
    </message>
    <message>
      <source>always thinks</source>
      <translation>始终思考</translation>
    </message>
    <message>
      <source>and {count} more</source>
      <translation>还有 {count} 个</translation>
    </message>
    <message>
      <source>animation</source>
      <translation>动画</translation>
    </message>
    <message>
      <source>as the desktop says</source>
      <translation>由桌面决定</translation>
    </message>
    <message>
      <source>as the system says</source>
      <translation>由系统决定</translation>
    </message>
    <message>
      <source>at least {amount}</source>
      <translation>至少 {amount}</translation>
    </message>
    <message>
      <source>backup save</source>
      <translation>备份 保存</translation>
    </message>
    <message>
      <source>balanced, older generation</source>
      <translation>均衡，较早一代</translation>
    </message>
    <message>
      <source>balanced, previous generation</source>
      <translation>均衡，上一代</translation>
    </message>
    <message>
      <source>balanced, reads pictures</source>
      <translation>均衡，可读图片</translation>
    </message>
    <message>
      <source>balanced, thinks when asked</source>
      <translation>均衡，可按需思考</translation>
    </message>
    <message>
      <source>before a backup was restored</source>
      <translation>恢复备份前</translation>
    </message>
    <message>
      <source>before an upgrade</source>
      <translation>升级前</translation>
    </message>
    <message>
      <source>by another maker, reads pictures</source>
      <translation>其他厂商，可读图片</translation>
    </message>
    <message>
      <source>by another maker, text only</source>
      <translation>其他厂商，仅文本</translation>
    </message>
    <message>
      <source>by hand</source>
      <translation>手动</translation>
    </message>
    <message>
      <source>by the desktop's portal, GlobalShortcuts version {version}</source>
      <translation>通过桌面门户，GlobalShortcuts 版本 {version}</translation>
    </message>
    <message>
      <source>can think</source>
      <translation>可思考</translation>
    </message>
    <message>
      <source>code and tools</source>
      <translation>代码与工具</translation>
    </message>
    <message>
      <source>code blocks: {count}</source>
      <translation>代码块：{count}</translation>
    </message>
    <message>
      <source>colours</source>
      <translation>颜色 配色</translation>
    </message>
    <message>
      <source>column</source>
      <translation>栏宽</translation>
    </message>
    <message>
      <source>continued</source>
      <translation>已续写</translation>
    </message>
    <message>
      <source>continued after an interruption</source>
      <translation>中断后已续写</translation>
    </message>
    <message>
      <source>daily</source>
      <translation>每日</translation>
    </message>
    <message>
      <source>deepest thinking, reads pictures and PDF</source>
      <translation>最强思考，可读图片与 PDF</translation>
    </message>
    <message>
      <source>failed</source>
      <translation>失败</translation>
    </message>
    <message>
      <source>fast and cheap, older generation</source>
      <translation>快速实惠，较早一代</translation>
    </message>
    <message>
      <source>fast and cheap, thinks when asked</source>
      <translation>快速实惠，可按需思考</translation>
    </message>
    <message>
      <source>fast, no longer updated</source>
      <translation>快速，不再更新</translation>
    </message>
    <message>
      <source>fast, previous generation</source>
      <translation>快速，上一代</translation>
    </message>
    <message>
      <source>fast, reads pictures</source>
      <translation>快速，可读图片</translation>
    </message>
    <message>
      <source>formulas: {count}</source>
      <translation>公式：{count}</translation>
    </message>
    <message>
      <source>from {least} to below {most}</source>
      <translation>{least} 至 {most}（不含）</translation>
    </message>
    <message>
      <source>from {least} to {most}</source>
      <translation>{least} 至 {most}</translation>
    </message>
    <message>
      <source>from {price}</source>
      <translation>{price} 起</translation>
    </message>
    <message>
      <source>history</source>
      <translation>历史记录</translation>
    </message>
    <message>
      <source>in use</source>
      <translation>使用中</translation>
    </message>
    <message>
      <source>input {tokens}</source>
      <translation>输入 {tokens}</translation>
    </message>
    <message>
      <source>input {tokens} tokens</source>
      <translation>输入 {tokens} token</translation>
    </message>
    <message>
      <source>interrupted</source>
      <translation>已中断</translation>
    </message>
    <message>
      <source>it is no picture to look at</source>
      <translation>它不是可供查看的图片</translation>
    </message>
    <message>
      <source>it is too large</source>
      <translation>图片过大</translation>
    </message>
    <message>
      <source>it would come without encryption; open it in the browser</source>
      <translation>传输未加密；请在浏览器中打开</translation>
    </message>
    <message>
      <source>keyboard shortcut</source>
      <translation>快捷键 键盘</translation>
    </message>
    <message>
      <source>left out of later messages</source>
      <translation>已略去，不随后续消息发送</translation>
    </message>
    <message>
      <source>macOS Keychain</source>
      <translation>macOS 钥匙串</translation>
    </message>
    <message>
      <source>mathematics</source>
      <translation>数学</translation>
    </message>
    <message>
      <source>missing: {names}</source>
      <translation>缺少：{names}</translation>
    </message>
    <message>
      <source>more above {tokens} tokens of input</source>
      <translation>输入超过 {tokens} token 时更贵</translation>
    </message>
    <message>
      <source>name rename price money</source>
      <translation>名称 重命名 价格 费用</translation>
    </message>
    <message>
      <source>no answer</source>
      <translation>没有应答</translation>
    </message>
    <message>
      <source>no answer within {seconds} s</source>
      <translation>{seconds} 秒内没有应答</translation>
    </message>
    <message>
      <source>no connection to the server</source>
      <translation>无法连接服务器</translation>
    </message>
    <message>
      <source>no variables set</source>
      <translation>未设置变量</translation>
    </message>
    <message>
      <source>nobody on this desktop shows them</source>
      <translation>此桌面没有通知服务</translation>
    </message>
    <message>
      <source>none</source>
      <translation>无</translation>
    </message>
    <message>
      <source>none is known for this system</source>
      <translation>此系统没有已知的钥匙串</translation>
    </message>
    <message>
      <source>none on this desktop</source>
      <translation>此桌面没有钥匙串</translation>
    </message>
    <message>
      <source>none running</source>
      <translation>没有正在运行的输入法</translation>
    </message>
    <message>
      <source>none written yet; defaults apply</source>
      <translation>尚未写入，使用默认值</translation>
    </message>
    <message>
      <source>none yet</source>
      <translation>尚无</translation>
    </message>
    <message>
      <source>none, since the X server does not answer</source>
      <translation>无，X 服务器没有应答</translation>
    </message>
    <message>
      <source>none, since there is no screen</source>
      <translation>无，因为没有显示器</translation>
    </message>
    <message>
      <source>none: proxies of the system are not used</source>
      <translation>无：不使用系统代理</translation>
    </message>
    <message>
      <source>none; the conversation runs in the terminal</source>
      <translation>无；对话将在终端中进行</translation>
    </message>
    <message>
      <source>not a valid address</source>
      <translation>地址无效</translation>
    </message>
    <message>
      <source>not asked: it needs an account there</source>
      <translation>未询问：需要那里的账号</translation>
    </message>
    <message>
      <source>not asked: it would take long, large or many requests</source>
      <translation>未询问：需要耗时、巨大或大量的请求</translation>
    </message>
    <message>
      <source>not in this server's list</source>
      <translation>不在此服务器的列表中</translation>
    </message>
    <message>
      <source>not installed</source>
      <translation>未安装</translation>
    </message>
    <message>
      <source>not known</source>
      <translation>未知</translation>
    </message>
    <message>
      <source>not provoked; seen only if it happens to one of these requests</source>
      <translation>未主动触发；仅当这些请求恰好遇到时才能看到</translation>
    </message>
    <message>
      <source>not reached</source>
      <translation>未执行到</translation>
    </message>
    <message>
      <source>not set</source>
      <translation>未设置</translation>
    </message>
    <message>
      <source>nothing is paid per token</source>
      <translation>不按 token 收费</translation>
    </message>
    <message>
      <source>on this computer</source>
      <translation>在本机运行</translation>
    </message>
    <message>
      <source>open model</source>
      <translation>开源模型</translation>
    </message>
    <message>
      <source>open model, always thinks</source>
      <translation>开源模型，始终思考</translation>
    </message>
    <message>
      <source>open model, older generation</source>
      <translation>开源模型，较早一代</translation>
    </message>
    <message>
      <source>open model, reads pictures</source>
      <translation>开源模型，可读图片</translation>
    </message>
    <message>
      <source>output {tokens} tokens</source>
      <translation>输出 {tokens} token</translation>
    </message>
    <message>
      <source>paste</source>
      <translation>粘贴</translation>
    </message>
    <message>
      <source>plays roles</source>
      <translation>角色扮演</translation>
    </message>
    <message>
      <source>price money</source>
      <translation>价格 费用 钱</translation>
    </message>
    <message>
      <source>price money budget limit</source>
      <translation>价格 金额 预算 限额</translation>
    </message>
    <message>
      <source>price not known</source>
      <translation>价格未知</translation>
    </message>
    <message>
      <source>prices of {day}</source>
      <translation>价目 {day}</translation>
    </message>
    <message>
      <source>prices of {first} to {last}</source>
      <translation>价目 {first} 至 {last}</translation>
    </message>
    <message>
      <source>pt</source>
      <translation>磅</translation>
    </message>
    <message>
      <source>px</source>
      <translation>像素</translation>
    </message>
    <message>
      <source>reads documents</source>
      <translation>阅读文档</translation>
    </message>
    <message>
      <source>reads pictures</source>
      <translation>可读图片</translation>
    </message>
    <message>
      <source>reads pictures, always thinks</source>
      <translation>可读图片，始终思考</translation>
    </message>
    <message>
      <source>reads pictures, thinks when asked</source>
      <translation>可读图片，可选思考</translation>
    </message>
    <message>
      <source>reads the text in pictures</source>
      <translation>识别图片中的文字</translation>
    </message>
    <message>
      <source>reasoning</source>
      <translation>推理</translation>
    </message>
    <message>
      <source>replies being written, or cut off: {count}</source>
      <translation>正在写入或被中断的回复：{count}</translation>
    </message>
    <message>
      <source>researches and reports</source>
      <translation>深入研究并撰写报告</translation>
    </message>
    <message>
      <source>room for {tokens} tokens</source>
      <translation>可容纳 {tokens} token</translation>
    </message>
    <message>
      <source>running: {names}</source>
      <translation>正在运行：{names}</translation>
    </message>
    <message>
      <source>s</source>
      <translation>秒</translation>
    </message>
    <message>
      <source>schema {version}</source>
      <translation>结构版本 {version}</translation>
    </message>
    <message>
      <source>searches the web</source>
      <translation>可联网搜索</translation>
    </message>
    <message>
      <source>see below: {names}</source>
      <translation>见下文：{names}</translation>
    </message>
    <message>
      <source>sees pictures</source>
      <translation>可读图片</translation>
    </message>
    <message>
      <source>server address protocol</source>
      <translation>服务器 地址 协议 账号</translation>
    </message>
    <message>
      <source>set</source>
      <translation>已设置</translation>
    </message>
    <message>
      <source>settings.toml gives “{action}” the keys of “{other}”, which keeps them.</source>
      <translation>settings.toml 中“{action}”与“{other}”使用相同按键，后者保留该按键。</translation>
    </message>
    <message>
      <source>settings.toml gives “{action}” the keys {keys}, which are needed for writing. They are not used.</source>
      <translation>settings.toml 为“{action}”指定的按键 {keys} 要用于输入，因此不生效。</translation>
    </message>
    <message>
      <source>sound</source>
      <translation>完好</translation>
    </message>
    <message>
      <source>sources</source>
      <translation>来源</translation>
    </message>
    <message>
      <source>sources: {count}</source>
      <translation>来源：{count}</translation>
    </message>
    <message>
      <source>status bar</source>
      <translation>状态栏</translation>
    </message>
    <message>
      <source>stopped</source>
      <translation>已停止</translation>
    </message>
    <message>
      <source>storage size vacuum move delete everything</source>
      <translation>存储 空间 占用 大小 压缩 移动 迁移 删除全部</translation>
    </message>
    <message>
      <source>strong thinking, text only</source>
      <translation>思考能力强，仅限文本</translation>
    </message>
    <message>
      <source>strong, thinks when asked</source>
      <translation>能力强，可按需思考</translation>
    </message>
    <message>
      <source>strong, without thinking</source>
      <translation>能力强，不思考</translation>
    </message>
    <message>
      <source>tables: {count}</source>
      <translation>表格：{count}</translation>
    </message>
    <message>
      <source>the X server {display} does not answer ({reason})</source>
      <translation>X 服务器 {display} 没有应答（{reason}）</translation>
    </message>
    <message>
      <source>the address leads nowhere</source>
      <translation>地址无法打开</translation>
    </message>
    <message>
      <source>the app asks the X server for the keys itself</source>
      <translation>由应用直接向 X 服务器申请按键</translation>
    </message>
    <message>
      <source>the connection broke off</source>
      <translation>连接中断</translation>
    </message>
    <message>
      <source>the data folder</source>
      <translation>数据文件夹</translation>
    </message>
    <message>
      <source>the demo costs nothing</source>
      <translation>演示不收费</translation>
    </message>
    <message>
      <source>the desktop's portal has not been started; whether it offers keys is seen when it is</source>
      <translation>桌面门户尚未启动；启动后才能知道它是否提供按键</translation>
    </message>
    <message>
      <source>the disk takes no more</source>
      <translation>磁盘无法写入</translation>
    </message>
    <message>
      <source>the server answered {status}</source>
      <translation>服务器返回 {status}</translation>
    </message>
    <message>
      <source>the service</source>
      <translation>服务</translation>
    </message>
    <message>
      <source>the session bus cannot be asked ({reason})</source>
      <translation>无法访问会话总线（{reason}）</translation>
    </message>
    <message>
      <source>the system has none</source>
      <translation>系统中没有</translation>
    </message>
    <message>
      <source>the system's own</source>
      <translation>系统自带</translation>
    </message>
    <message>
      <source>there (StatusNotifier)</source>
      <translation>可用（StatusNotifier）</translation>
    </message>
    <message>
      <source>there (XEmbed)</source>
      <translation>可用（XEmbed）</translation>
    </message>
    <message>
      <source>there is none</source>
      <translation>没有会话总线</translation>
    </message>
    <message>
      <source>there, started when it is needed</source>
      <translation>可用，需要时启动</translation>
    </message>
    <message>
      <source>thinking</source>
      <translation>思考中</translation>
    </message>
    <message>
      <source>thinking reasoning</source>
      <translation>思考 推理 深度思考</translation>
    </message>
    <message>
      <source>this chat {amount}</source>
      <translation>此对话：{amount}</translation>
    </message>
    <message>
      <source>this check broke: {kind}</source>
      <translation>此项检查出错：{kind}</translation>
    </message>
    <message>
      <source>this desktop gives no keys to programs</source>
      <translation>此桌面不向程序提供全局按键</translation>
    </message>
    <message>
      <source>timeout</source>
      <translation>超时</translation>
    </message>
    <message>
      <source>tokens price money</source>
      <translation>token 价格 金额</translation>
    </message>
    <message>
      <source>too large to read through here</source>
      <translation>太大，此处未通读</translation>
    </message>
    <message>
      <source>translates</source>
      <translation>翻译</translation>
    </message>
    <message>
      <source>typeface</source>
      <translation>字型</translation>
    </message>
    <message>
      <source>understands pictures and sound</source>
      <translation>可理解图片与声音</translation>
    </message>
    <message>
      <source>understands pictures, sound and video</source>
      <translation>可理解图片、声音与视频</translation>
    </message>
    <message>
      <source>understands sound</source>
      <translation>可理解声音</translation>
    </message>
    <message>
      <source>version</source>
      <translation>版本</translation>
    </message>
    <message>
      <source>very long documents</source>
      <translation>超长文档</translation>
    </message>
    <message>
      <source>vision pictures images photos</source>
      <translation>视觉 图片 图像 照片 看图 识图</translation>
    </message>
    <message>
      <source>waiting</source>
      <translation>等待中</translation>
    </message>
    <message>
      <source>web search internet</source>
      <translation>联网 搜索 网络</translation>
    </message>
    <message>
      <source>what came is no picture that can be shown</source>
      <translation>收到的内容不是可显示的图片</translation>
    </message>
    <message>
      <source>without text</source>
      <translation>无文字</translation>
    </message>
    <message>
      <source>writes code</source>
      <translation>编写代码</translation>
    </message>
    <message>
      <source>writing</source>
      <translation>回复中</translation>
    </message>
    <message>
      <source>your own price</source>
      <translation>自定价格</translation>
    </message>
    <message>
      <source>zoom</source>
      <translation>缩放</translation>
    </message>
    <message>
      <source>{address} cannot be used</source>
      <translation>{address} 不可用</translation>
    </message>
    <message>
      <source>{address} has no model yet</source>
      <translation>{address} 还没有模型</translation>
    </message>
    <message>
      <source>{chats} chats with {messages} messages</source>
      <translation>{chats} 个对话、{messages} 条消息</translation>
    </message>
    <message>
      <source>{count} already there</source>
      <translation>{count} 个已有</translation>
    </message>
    <message>
      <source>{count} chats were exported to {path}.</source>
      <translation>已将 {count} 个对话导出到 {path}。</translation>
    </message>
    <message>
      <source>{count} chats were imported.</source>
      <translation>已导入 {count} 个对话。</translation>
    </message>
    <message>
      <source>{count} could not be imported.</source>
      <translation>{count} 个无法导入。</translation>
    </message>
    <message>
      <source>{count} frames</source>
      <translation>{count} 帧</translation>
    </message>
    <message>
      <source>{count} in the logs folder</source>
      <translation>日志文件夹中有 {count} 份</translation>
    </message>
    <message>
      <source>{count} messages</source>
      <translation>{count} 条消息</translation>
    </message>
    <message>
      <source>{count} new</source>
      <translation>{count} 个新对话</translation>
    </message>
    <message>
      <source>{count} older messages were not sent</source>
      <translation>有 {count} 条较早的消息未发送</translation>
    </message>
    <message>
      <source>{count} older messages were not sent: they do not fit into what the model reads.</source>
      <translation>有 {count} 条较早的消息未发送：超出了模型能读取的长度。</translation>
    </message>
    <message>
      <source>{count} older messages will not be sent</source>
      <translation>有 {count} 条较早的消息将不发送</translation>
    </message>
    <message>
      <source>{count} pictures</source>
      <translation>{count} 张图片</translation>
    </message>
    <message>
      <source>{count} pictures are missing: their files are gone.</source>
      <translation>缺少 {count} 张图片：图片文件已不在。</translation>
    </message>
    <message>
      <source>{count} pictures: {names}</source>
      <translation>{count} 张图片：{names}</translation>
    </message>
    <message>
      <source>{count} that cannot be imported</source>
      <translation>{count} 个无法导入</translation>
    </message>
    <message>
      <source>{count} turns left out</source>
      <translation>已略去 {count} 轮</translation>
    </message>
    <message>
      <source>{count} were there already and were skipped.</source>
      <translation>{count} 个已有，已跳过。</translation>
    </message>
    <message>
      <source>{currency} per million tokens, in / out</source>
      <translation>{currency} / 百万 token（输入 / 输出）</translation>
    </message>
    <message>
      <source>{current} of {total}</source>
      <translation>第 {current} 处，共 {total} 处</translation>
    </message>
    <message>
      <source>{done} of {total} chats</source>
      <translation>{done} / {total} 个对话</translation>
    </message>
    <message>
      <source>{everything} in all: history {history}, backups {backups}, pictures {pictures}.</source>
      <translation>共 {everything}：历史记录 {history}，备份 {backups}，图片 {pictures}。</translation>
    </message>
    <message>
      <source>{file} cannot be read: {reason}</source>
      <translation>无法读取 {file}：{reason}</translation>
    </message>
    <message>
      <source>{file} is not valid TOML ({place})</source>
      <translation>{file} 不是有效的 TOML（{place}）</translation>
    </message>
    <message>
      <source>{filter} is not understood and was left out.</source>
      <translation>无法理解 {filter} ，已忽略。</translation>
    </message>
    <message>
      <source>{first} sends on to {host}. Load the image from there?</source>
      <translation>{first} 转到了 {host}。要从那里加载图片吗？</translation>
    </message>
    <message>
      <source>{folder} cannot be written to</source>
      <translation>无法写入 {folder}</translation>
    </message>
    <message>
      <source>{folder} is not empty. Choose another place, or empty it.</source>
      <translation>{folder} 不是空文件夹，请另选位置或先清空它。</translation>
    </message>
    <message>
      <source>{host} answers. It needs no key.</source>
      <translation>由 {host} 应答，不需要密钥。</translation>
    </message>
    <message>
      <source>{host} cannot be reached. Check the network or the proxy.</source>
      <translation>无法连接 {host}。请检查网络或代理。</translation>
    </message>
    <message>
      <source>{host} cannot fetch a picture; its link may have expired. Try again, so that it is sent anew.</source>
      <translation>{host} 无法获取图片，链接可能已失效。请重试，以便重新发送图片。</translation>
    </message>
    <message>
      <source>{host} closed the connection without a reply. Try again.</source>
      <translation>{host} 没有回复就关闭了连接。请重试。</translation>
    </message>
    <message>
      <source>{host} could not use a picture of this chat. Edit the prompt and take the picture out, or save it as JPEG and add it again.</source>
      <translation>{host} 无法使用此对话中的一张图片。请编辑提问并移除该图片，或将其另存为 JPEG 后重新添加。</translation>
    </message>
    <message>
      <source>{host} did not take a picture that had to be uploaded. Send fewer or smaller pictures, or try again.</source>
      <translation>{host} 未接收需要上传的图片。请减少或缩小图片，或重试。</translation>
    </message>
    <message>
      <source>{host} does not accept the API key. Check that it is complete and made for this region.</source>
      <translation>{host} 不接受此 API 密钥。请确认密钥完整，且属于当前地域。</translation>
    </message>
    <message>
      <source>{host} does not accept this key: a key of a subscription plan works only at the address of its plan. Enter that address, or another key.</source>
      <translation>{host} 不接受此密钥：套餐密钥只能用于套餐专属的地址。请填写该地址，或换用其他密钥。</translation>
    </message>
    <message>
      <source>{host} does not answer like a Qwen service. Check the server address.</source>
      <translation>{host} 的响应不像 Qwen 服务。请检查服务器地址。</translation>
    </message>
    <message>
      <source>{host} does not answer. Check the network or the proxy.</source>
      <translation>{host} 没有响应。请检查网络或代理。</translation>
    </message>
    <message>
      <source>{host} does not know this model. Choose another model.</source>
      <translation>{host} 不认识此模型。请更换模型。</translation>
    </message>
    <message>
      <source>{host} does not offer what was asked for. Check the server address.</source>
      <translation>{host} 不提供所请求的服务。请检查服务器地址。</translation>
    </message>
    <message>
      <source>{host} does not speak HTTP. Check the server address and its port.</source>
      <translation>{host} 使用的不是 HTTP 协议。请检查服务器地址和端口。</translation>
    </message>
    <message>
      <source>{host} ended the reply with an error. What arrived is kept; try again.</source>
      <translation>{host} 报错并结束了回复。已收到的内容已保留，可重试。</translation>
    </message>
    <message>
      <source>{host} has a fault at the moment. Try again.</source>
      <translation>{host} 暂时出现故障。请重试。</translation>
    </message>
    <message>
      <source>{host} named no safe place for a picture that has to be uploaded, so nothing was sent. Check the server address, or send fewer or smaller pictures.</source>
      <translation>{host} 没有给出安全的图片上传地址，因此未发送任何内容。请检查服务器地址，或减少、缩小图片。</translation>
    </message>
    <message>
      <source>{host} points to another address, which is not followed so that your key stays safe. Check the server address.</source>
      <translation>{host} 要求转到另一个地址；为保护密钥，没有跟随。请检查服务器地址。</translation>
    </message>
    <message>
      <source>{host} refused the request. Change the prompt or the model.</source>
      <translation>{host} 拒绝了请求。请修改提示词或更换模型。</translation>
    </message>
    <message>
      <source>{host} refuses the connection. Check the server address, and that it is running.</source>
      <translation>{host} 拒绝连接。请检查服务器地址，并确认服务正在运行。</translation>
    </message>
    <message>
      <source>{host} sent more at once than this app accepts. Check the server address.</source>
      <translation>{host} 一次发来的数据超出了本应用的接受范围。请检查服务器地址。</translation>
    </message>
    <message>
      <source>{host} sent nothing of the reply in the time allowed. Try again, or allow more time in the settings.</source>
      <translation>{host} 在限定时间内没有发来任何回复内容。请重试，或在设置中放宽时限。</translation>
    </message>
    <message>
      <source>{host} sent something that cannot be understood. Try again.</source>
      <translation>{host} 发来了无法识别的内容。请重试。</translation>
    </message>
    <message>
      <source>{host} sent the reply in a form that cannot be read. Check the proxy.</source>
      <translation>{host} 发来的回复格式无法读取。请检查代理。</translation>
    </message>
    <message>
      <source>{host} took the request but did not begin to answer in time. The reply may have been billed, so the prompt was not sent again by itself.</source>
      <translation>{host} 收到了请求，但未能按时开始回复。这次回复可能已计费，因此没有自动重发。</translation>
    </message>
    <message>
      <source>{host} took too long and gave up. Try again.</source>
      <translation>{host} 处理超时。请重试。</translation>
    </message>
    <message>
      <source>{host}, where pictures are uploaded, has a fault at the moment. Try again.</source>
      <translation>用于上传图片的 {host} 目前有故障。请重试。</translation>
    </message>
    <message>
      <source>{hours} h {minutes} min</source>
      <translation>{hours} 小时 {minutes} 分</translation>
    </message>
    <message>
      <source>{input} per million tokens of input, {output} of output</source>
      <translation>每百万 token 输入 {input}，输出 {output}</translation>
    </message>
    <message>
      <source>{keys} alone is needed for typing; hold Ctrl or Alt with it.</source>
      <translation>单独的 {keys} 要用于输入，请同时按住 Ctrl 或 Alt。</translation>
    </message>
    <message>
      <source>{keys} copy</source>
      <translation>{keys} 复制</translation>
    </message>
    <message>
      <source>{keys} hide</source>
      <translation>{keys} 隐藏</translation>
    </message>
    <message>
      <source>{keys} is needed for writing and editing text. Press other keys.</source>
      <translation>{keys} 用于输入和编辑文字。请按其他按键。</translation>
    </message>
    <message>
      <source>{keys} is taken by “{other}”. Press other keys, or change those of “{other}” first.</source>
      <translation>{keys} 已用于“{other}”。请按其他按键，或先更改“{other}”的按键。</translation>
    </message>
    <message>
      <source>{keys} open in window</source>
      <translation>{keys} 在主窗口打开</translation>
    </message>
    <message>
      <source>{keys} opens the quick ask. Press other keys, or change the hotkey first.</source>
      <translation>{keys} 用于打开快速提问。请按其他按键，或先更改热键。</translation>
    </message>
    <message>
      <source>{keys} would be typed as text. Hold Ctrl or Alt with it, or take a function key.</source>
      <translation>{keys} 会被当作文字输入。请同时按住 Ctrl 或 Alt，或改用功能键。</translation>
    </message>
    <message>
      <source>{least}–{most}{unit}, default {default}</source>
      <translation>{least}–{most}{unit}，默认：{default}</translation>
    </message>
    <message>
      <source>{mark} your own price</source>
      <translation>{mark} 自定价格</translation>
    </message>
    <message>
      <source>{minutes} min {seconds} s</source>
      <translation>{minutes} 分 {seconds} 秒</translation>
    </message>
    <message>
      <source>{model} (not in the list)</source>
      <translation>{model}（不在列表中）</translation>
    </message>
    <message>
      <source>{model} cannot see pictures. Use another model, or remove them.</source>
      <translation>{model} 看不了图片。请换用其他模型，或移除图片。</translation>
    </message>
    <message>
      <source>{names}, {name}</source>
      <translation>{names}、{name}</translation>
    </message>
    <message>
      <source>{names}: no such plugin</source>
      <translation>{names}：没有这样的插件</translation>
    </message>
    <message>
      <source>{name} and others, {count} in all, are not pictures. Pictures can be attached; copy text and paste it.</source>
      <translation>{name} 等共 {count} 个文件不是图片。这里只能添加图片；文字请复制后粘贴。</translation>
    </message>
    <message>
      <source>{name} cannot be decoded.</source>
      <translation>{name} 无法解码。</translation>
    </message>
    <message>
      <source>{name} cannot be opened. Check that the file is there and may be read.</source>
      <translation>无法打开 {name}。请检查文件是否存在、是否可读。</translation>
    </message>
    <message>
      <source>{name} cannot be read: {detail}.</source>
      <translation>无法读取 {name}：{detail}。</translation>
    </message>
    <message>
      <source>{name} cannot be saved: {reason}. Choose another folder or name.</source>
      <translation>无法保存 {name}：{reason}。请选择其他文件夹或名称。</translation>
    </message>
    <message>
      <source>{name} cannot be sent. Try another picture.</source>
      <translation>无法发送 {name}。请换一张图片。</translation>
    </message>
    <message>
      <source>{name} ends in the middle. What comes before is complete.</source>
      <translation>{name} 不完整，在中途结束。之前的内容是完整的。</translation>
    </message>
    <message>
      <source>{name} holds no conversations in a form this app knows. It reads its own exports, those of ChatGPT, and lists of messages in JSON.</source>
      <translation>{name} 中没有本应用认识的对话。可读取本应用和 ChatGPT 的导出文件，以及 JSON 消息列表。</translation>
    </message>
    <message>
      <source>{name} is damaged or incomplete. Open it in another program and save it anew.</source>
      <translation>{name} 已损坏或不完整。请用其他程序打开并重新保存。</translation>
    </message>
    <message>
      <source>{name} is damaged or protected by a password, so it cannot be unpacked.</source>
      <translation>{name} 已损坏或受密码保护，无法解压。</translation>
    </message>
    <message>
      <source>{name} is damaged or protected by a password.</source>
      <translation>{name} 已损坏或受密码保护。</translation>
    </message>
    <message>
      <source>{name} is in a format that cannot be read here. Save it as JPEG, then add it again.</source>
      <translation>{name} 的格式无法读取。请另存为 JPEG 后再添加。</translation>
    </message>
    <message>
      <source>{name} is larger than this app reads.</source>
      <translation>{name} 超过本应用可读取的大小。</translation>
    </message>
    <message>
      <source>{name} is named, but does not run</source>
      <translation>变量指定了 {name}，但它没有运行</translation>
    </message>
    <message>
      <source>{name} is nested too deeply to be a list of conversations.</source>
      <translation>{name} 嵌套过深，不是对话列表。</translation>
    </message>
    <message>
      <source>{name} is not a picture. JPEG, PNG, WebP, GIF, BMP and TIFF can be sent.</source>
      <translation>{name} 不是图片。可以发送 JPEG、PNG、WebP、GIF、BMP 和 TIFF。</translation>
    </message>
    <message>
      <source>{name} is not a picture. Pictures can be attached; copy text and paste it.</source>
      <translation>{name} 不是图片。这里只能添加图片；文字请复制后粘贴。</translation>
    </message>
    <message>
      <source>{name} is not in the export.</source>
      <translation>导出文件中没有 {name}。</translation>
    </message>
    <message>
      <source>{name} is not there any more.</source>
      <translation>{name} 已不存在。</translation>
    </message>
    <message>
      <source>{name} is too large to be opened here. Make it smaller, then add it again.</source>
      <translation>{name} 过大，无法打开。请缩小后再添加。</translation>
    </message>
    <message>
      <source>{name} is too narrow: its longer side may be at most 200 times the shorter one. Send a part of it.</source>
      <translation>{name} 过于狭长：长边最多为短边的 200 倍。请只发送其中一部分。</translation>
    </message>
    <message>
      <source>{name} is too small: both sides must be longer than 10 pixels. Enlarge it.</source>
      <translation>{name} 过小：两边都必须大于 10 像素。请放大后再添加。</translation>
    </message>
    <message>
      <source>{name} runs, but no variable names it</source>
      <translation>{name} 正在运行，但没有变量指定它</translation>
    </message>
    <message>
      <source>{name} was refused: in the zip it is a link, not a file.</source>
      <translation>已拒绝 {name}：它在 zip 中是链接，不是文件。</translation>
    </message>
    <message>
      <source>{name} was refused: it is packed far more tightly than a picture can be.</source>
      <translation>已拒绝 {name}：它的压缩率远高于图片可能达到的程度。</translation>
    </message>
    <message>
      <source>{name} was refused: it is too large.</source>
      <translation>已拒绝 {name}：文件过大。</translation>
    </message>
    <message>
      <source>{name} was refused: its path in the zip leads out of it.</source>
      <translation>已拒绝 {name}：它在 zip 中的路径指向压缩包之外。</translation>
    </message>
    <message>
      <source>{name} was refused: the zip holds more than one file of that name.</source>
      <translation>已拒绝 {name}：zip 中有多个同名文件。</translation>
    </message>
    <message>
      <source>{name} was written by a newer version of Qwen Desktop. Install the newer version to import it.</source>
      <translation>{name} 由更新版本的 Qwen Desktop 写成。请安装新版本后再导入。</translation>
    </message>
    <message>
      <source>{name}, being prepared</source>
      <translation>{name}，正在处理</translation>
    </message>
    <message>
      <source>{name}: answers, locked; the desktop asks for its password when a key is needed</source>
      <translation>{name}：有应答，已锁定；需要密钥时桌面会询问密码</translation>
    </message>
    <message>
      <source>{name}: answers, unlocked</source>
      <translation>{name}：有应答，已解锁</translation>
    </message>
    <message>
      <source>{name}: answers; the desktop asks to create a keychain when a key is saved</source>
      <translation>{name}：有应答；保存密钥时桌面会询问是否创建钥匙串</translation>
    </message>
    <message>
      <source>{name}: runs, but does not answer</source>
      <translation>{name}：正在运行，但没有应答</translation>
    </message>
    <message>
      <source>{name}: started when it is needed</source>
      <translation>{name}：需要时启动</translation>
    </message>
    <message>
      <source>{name}: the file of this picture is not there any more. Attach the picture again.</source>
      <translation>{name}：这张图片的文件已不存在。请重新添加。</translation>
    </message>
    <message>
      <source>{name}: {text}</source>
      <translation>{name}：{text}</translation>
    </message>
    <message numerus="yes">
      <source>{n} matches</source>
      <translation>
        <numerusform>{n} 处匹配</numerusform>
      </translation>
    </message>
    <message>
      <source>{output} of output when it thinks</source>
      <translation>思考时输出 {output}</translation>
    </message>
    <message>
      <source>{path} cannot be read. The default settings are in use.</source>
      <translation>无法读取 {path}，正在使用默认设置。</translation>
    </message>
    <message>
      <source>{path} cannot be understood. It was kept as {kept_as}, and the default settings are in use.</source>
      <translation>无法识别 {path}，已另存为 {kept_as}，正在使用默认设置。</translation>
    </message>
    <message>
      <source>{path} could not be deleted.</source>
      <translation>{path} 无法删除。</translation>
    </message>
    <message>
      <source>{path} does not exist</source>
      <translation>{path} 不存在</translation>
    </message>
    <message>
      <source>{path} is a file, not a folder. Choose another folder.</source>
      <translation>{path} 是文件，不是文件夹。请选择其他文件夹。</translation>
    </message>
    <message>
      <source>{path} is not there. Connect its disk and start again; without it nothing is lost or changed.</source>
      <translation>找不到 {path}。请连接所在的磁盘后重新启动；在此之前不会丢失或改动任何内容。</translation>
    </message>
    <message>
      <source>{path} is there already and was left as it is. Choose another name.</source>
      <translation>{path} 已存在，未作改动。请换一个名称。</translation>
    </message>
    <message>
      <source>{path} may not be written. Allow writing to it, then try again.</source>
      <translation>没有写入 {path} 的权限。请允许写入后重试。</translation>
    </message>
    <message>
      <source>{percent}% of {limit} tokens</source>
      <translation>{limit} 个 token 的 {percent}%</translation>
    </message>
    <message>
      <source>{place} of {count}: {words}</source>
      <translation>第 {place} 张，共 {count} 张：{words}</translation>
    </message>
    <message>
      <source>{place}, {count} authorities; {version}</source>
      <translation>{place}，{count} 个证书颁发机构；{version}</translation>
    </message>
    <message>
      <source>{plugin}, named by QT_QPA_PLATFORM</source>
      <translation>{plugin}，由 QT_QPA_PLATFORM 指定</translation>
    </message>
    <message>
      <source>{seconds} s</source>
      <translation>{seconds} 秒</translation>
    </message>
    <message>
      <source>{sentence} {more}</source>
      <translation>{sentence}{more}</translation>
    </message>
    <message>
      <source>{size} free</source>
      <translation>可用 {size}</translation>
    </message>
    <message>
      <source>{step} failed</source>
      <translation>失败：{step}</translation>
    </message>
    <message>
      <source>{step}: {sentence}</source>
      <translation>{step}：{sentence}</translation>
    </message>
    <message>
      <source>{step}…</source>
      <translation>{step}…</translation>
    </message>
    <message>
      <source>{subject}: {text}</source>
      <translation>{subject}：{text}</translation>
    </message>
    <message>
      <source>{tag}, off</source>
      <translation>{tag}，未选</translation>
    </message>
    <message>
      <source>{tag}, on</source>
      <translation>{tag}，已选</translation>
    </message>
    <message>
      <source>{tag}, on some of the chats</source>
      <translation>{tag}，部分对话已有</translation>
    </message>
    <message>
      <source>{time} is before files of this app were written</source>
      <translation>{time} 早于本应用文件的写入时间</translation>
    </message>
    <message>
      <source>{time}: most certificates are not valid at this time</source>
      <translation>{time}：此时大多数证书无效</translation>
    </message>
    <message>
      <source>{title} (copy)</source>
      <translation>{title}（副本）</translation>
    </message>
    <message>
      <source>{title} · cannot be imported: {reason}</source>
      <translation>{title} · 无法导入：{reason}</translation>
    </message>
    <message>
      <source>{title}, a reply is being written</source>
      <translation>{title}，正在回复</translation>
    </message>
    <message>
      <source>{title}, pinned</source>
      <translation>{title}，已置顶</translation>
    </message>
    <message>
      <source>{title}, tags: {tags}</source>
      <translation>{title}，标签：{tags}</translation>
    </message>
    <message>
      <source>{title}, unread</source>
      <translation>{title}，未读</translation>
    </message>
    <message>
      <source>{title}, {day}</source>
      <translation>{title}，{day}</translation>
    </message>
    <message>
      <source>{title}: back to the default</source>
      <translation>{title}：恢复默认</translation>
    </message>
    <message>
      <source>{variables}; {programs}</source>
      <translation>{variables}；{programs}</translation>
    </message>
    <message>
      <source>{version} crashes with Python 3.11</source>
      <translation>{version} 在 Python 3.11 上会崩溃</translation>
    </message>
    <message>
      <source>¥ (CNY)</source>
      <translation>¥（人民币）</translation>
    </message>
  </context>
</TS>
