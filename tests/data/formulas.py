"""Formulas as models write them, by subject; `formula_sizes.json` beside it has the size of each as drawn."""

from __future__ import annotations

CALCULUS = r"""
\int_0^1 x^2\,dx = \frac{1}{3}
\int_{-\infty}^{\infty} e^{-x^2} \, dx = \sqrt{\pi}
\lim_{x \to 0} \frac{\sin x}{x} = 1
\lim_{n\to\infty}\left(1+\frac{1}{n}\right)^n = e
f'(x) = \lim_{h \to 0} \frac{f(x+h) - f(x)}{h}
\frac{d}{dx}\left[ f(g(x)) \right] = f'(g(x)) \cdot g'(x)
\frac{\partial^2 u}{\partial t^2} = c^2 \nabla^2 u
\oint_{\partial S} \mathbf{F} \cdot d\mathbf{r} = \iint_S (\nabla \times \mathbf{F}) \cdot d\mathbf{S}
\iiint_V (\nabla \cdot \mathbf{F})\,dV = \oiint_{\partial V} \mathbf{F}\cdot d\mathbf{A}
f(x) = \sum_{n=0}^{\infty} \frac{f^{(n)}(a)}{n!} (x-a)^n
e^x = 1 + x + \frac{x^2}{2!} + \frac{x^3}{3!} + \cdots
\ln(1+x) = \sum_{k=1}^\infty (-1)^{k+1} \frac{x^k}{k}, \quad |x| < 1
\left. \frac{dy}{dx} \right|_{x=0} = 0
\int u\,dv = uv - \int v\,du
\Gamma(z) = \int_0^\infty t^{z-1} e^{-t}\,dt
\zeta(s) = \sum_{n=1}^{\infty} \frac{1}{n^s} = \prod_{p \text{ prime}} \frac{1}{1-p^{-s}}
\left[ \frac{x^3}{3} \right]_0^1
\nabla f = \left( \frac{\partial f}{\partial x}, \frac{\partial f}{\partial y}, \frac{\partial f}{\partial z} \right)
\dfrac{dy}{dx} + P(x)y = Q(x)
y'' + p y' + q y = 0
\hat{f}(\xi) = \int_{-\infty}^{\infty} f(x)\, e^{-2\pi i x \xi}\, dx
\limsup_{n \to \infty} \sqrt[n]{|a_n|} < 1
\int_a^b f(x)\,\mathrm{d}x = F(b) - F(a)
\sum_{\substack{1 \le i \le n \\ i \ne j}} a_{ij}
\sup_{x \in [0,1]} |f_n(x) - f(x)| \to 0
\cos\theta = \frac{e^{i\theta} + e^{-i\theta}}{2}
\Delta x \approx 0.01
"""

ALGEBRA = r"""
x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
(a+b)^n = \sum_{k=0}^{n} \binom{n}{k} a^{n-k} b^k
a^2 + b^2 = c^2
e^{i\pi} + 1 = 0
\log_a b = \frac{\ln b}{\ln a}
\sqrt[3]{x^3 + y^3}
|x| = \begin{cases} x, & x \geq 0 \\ -x, & x < 0 \end{cases}
f(n) = \begin{cases} n/2 & \text{if } n \text{ is even} \\ 3n+1 & \text{if } n \text{ is odd} \end{cases}
\begin{cases} 2x + y = 5 \\ x - y = 1 \end{cases}
\left\{ \begin{array}{l} x + y = 3 \\ x - y = 1 \end{array} \right.
x_1, x_2, \ldots, x_n
\frac{1}{1 + \frac{1}{1 + \frac{1}{x}}}
\cfrac{1}{a_0 + \cfrac{1}{a_1 + \cfrac{1}{a_2}}}
a \equiv b \pmod{n}
a \bmod n
\gcd(a, b) \cdot \operatorname{lcm}(a, b) = |ab|
\lfloor x \rfloor + \lceil x \rceil
\tfrac{1}{2} + \frac12 + \frac ab
n! = n \times (n-1) \times \cdots \times 1
\prod_{i=1}^{n} x_i
\binom{n}{k} = \frac{n!}{k!(n-k)!}
\underbrace{1 + 1 + \cdots + 1}_{n \text{ times}} = n
\overbrace{a + b}^{c} + d
\boxed{x = 42}
2^{2^{2^2}}
x \in \mathbb{R} \setminus \{0\}
f: A \to B, \quad x \mapsto x^2
\varphi = \frac{1 + \sqrt{5}}{2}
\{ x \mid x > 0 \}
\overline{z_1 + z_2} = \overline{z_1} + \overline{z_2}
x \neq y, x \leq y, x \ll y, x \propto y
\begin{aligned} (x+1)^2 &= x^2 + 2x + 1 \\ &= x(x+2) + 1 \end{aligned}
\begin{align*} a &= b + c \\ d &= e + f \end{align*}
\begin{equation} E = mc^2 \end{equation}
\begin{gathered} a = b \\ c = d + e \end{gathered}
\begin{split} a &= b \\ &= c \end{split}
a = b \tag{1}
"""

LINEAR = r"""
A = \begin{pmatrix} a & b \\ c & d \end{pmatrix}
\begin{bmatrix} 1 & 0 & 0 \\ 0 & 1 & 0 \\ 0 & 0 & 1 \end{bmatrix}
\det(A) = \begin{vmatrix} a & b \\ c & d \end{vmatrix} = ad - bc
\begin{Vmatrix} x \\ y \end{Vmatrix}
\begin{pmatrix} a_{11} & \cdots & a_{1n} \\ \vdots & \ddots & \vdots \\ a_{m1} & \cdots & a_{mn} \end{pmatrix}
\mathbf{A}\mathbf{x} = \lambda \mathbf{x}
A^{-1} = \frac{1}{\det A} \operatorname{adj}(A)
A^\top A \hat{x} = A^\top b
A = U \Sigma V^T
\|x\|_2 = \sqrt{\sum_{i=1}^n x_i^2}
\lVert \mathbf{v} \rVert
\langle u, v \rangle = \sum_i u_i \overline{v_i}
\vec{a} \cdot \vec{b} = |\vec{a}||\vec{b}|\cos\theta
\vec{a} \times \vec{b} = \begin{vmatrix} \mathbf{i} & \mathbf{j} \\ a_1 & a_2 \end{vmatrix}
\left[\begin{array}{cc|c} 1 & 2 & 3 \\ 4 & 5 & 6 \end{array}\right]
\operatorname{rank}(A) + \dim\ker(A) = n
\text{tr}(AB) = \text{tr}(BA)
\mathbf{x} \in \mathbb{R}^{n \times m}
\bigl( \begin{smallmatrix} a & b \\ c & d \end{smallmatrix} \bigr)
V = W \oplus W^\perp
\mathrm{span}\{v_1, v_2\}
(A \otimes B)(C \otimes D) = AC \otimes BD
I_n - \frac{1}{n}\mathbf{1}\mathbf{1}^{\mathsf{T}}
\boldsymbol{\beta} = (X^\top X)^{-1} X^\top \boldsymbol{y}
"""

PROBABILITY = r"""
P(A \mid B) = \frac{P(B \mid A)\, P(A)}{P(B)}
\mathbb{E}[X] = \int_{-\infty}^{\infty} x f(x)\, dx
\operatorname{Var}(X) = \mathbb{E}[X^2] - (\mathbb{E}[X])^2
X \sim \mathcal{N}(\mu, \sigma^2)
f(x) = \frac{1}{\sigma\sqrt{2\pi}} \exp\left( -\frac{(x-\mu)^2}{2\sigma^2} \right)
\bar{x} = \frac{1}{n}\sum_{i=1}^{n} x_i
\hat{\theta} = \arg\max_{\theta} \prod_{i=1}^n p(x_i \mid \theta)
\operatorname*{arg\,min}_{w} \mathcal{L}(w)
\mathcal{L}(\theta) = -\sum_{i} y_i \log \hat{y}_i
D_{\mathrm{KL}}(P \parallel Q) = \sum_x P(x) \log \frac{P(x)}{Q(x)}
H(X) = -\sum_{x \in \mathcal{X}} p(x) \log_2 p(x)
P(X = k) = \binom{n}{k} p^k (1-p)^{n-k}
P(X=k) = \frac{\lambda^k e^{-\lambda}}{k!}
\Pr\left( \left| \bar{X} - \mu \right| \ge \epsilon \right) \le \frac{\sigma^2}{n\epsilon^2}
\rho_{X,Y} = \frac{\operatorname{Cov}(X,Y)}{\sigma_X \sigma_Y}
X_n \xrightarrow{d} X
X_n \xrightarrow[n\to\infty]{\text{a.s.}} X
\sqrt{n}(\bar{X}_n - \mu) \overset{d}{\longrightarrow} N(0, \sigma^2)
X_i \stackrel{\text{i.i.d.}}{\sim} F
\text{Attention}(Q, K, V) = \text{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right)V
\sigma(z) = \frac{1}{1 + e^{-z}}
\theta_{t+1} = \theta_t - \eta \nabla_\theta J(\theta_t)
A \cup B \cap C \subseteq \Omega
\mathbb{1}_{\{x > 0\}}
A \perp\!\!\!\perp B
\widehat{\beta}_1 = \frac{\sum (x_i - \bar{x})(y_i - \bar{y})}{\sum (x_i - \bar{x})^2}
\chi^2 = \sum \frac{(O-E)^2}{E}
"""

PHYSICS = r"""
E = mc^2
F = G\frac{m_1 m_2}{r^2}
\nabla \cdot \mathbf{E} = \frac{\rho}{\varepsilon_0}
\nabla \times \mathbf{B} = \mu_0 \mathbf{J} + \mu_0 \varepsilon_0 \frac{\partial \mathbf{E}}{\partial t}
i\hbar \frac{\partial}{\partial t}\Psi = \hat{H}\Psi
\langle \psi | \hat{A} | \psi \rangle
|\psi\rangle = \alpha|0\rangle + \beta|1\rangle
\Delta x \, \Delta p \geq \frac{\hbar}{2}
\ddot{x} + 2\zeta\omega_0 \dot{x} + \omega_0^2 x = 0
v = v_0 + at
PV = nRT
\lambda = \frac{h}{p}
g = 9.8\,\text{m/s}^2
6.022 \times 10^{23}\ \mathrm{mol^{-1}}
90^\circ
R_{\mu\nu} - \tfrac{1}{2} R g_{\mu\nu} = \frac{8\pi G}{c^4} T_{\mu\nu}
\mathcal{L} = \bar{\psi}(i\gamma^\mu D_\mu - m)\psi - \frac{1}{4}F_{\mu\nu}F^{\mu\nu}
\gamma = \frac{1}{\sqrt{1 - v^2/c^2}}
\oint \frac{\delta Q}{T} \le 0
S = k_B \ln \Omega
\frac{d}{dt}\frac{\partial L}{\partial \dot{q}_i} - \frac{\partial L}{\partial q_i} = 0
\cancel{x} + y
"""

CHEMISTRY = r"""
\mathrm{H_2O}
\mathrm{2H_2 + O_2 \rightarrow 2H_2O}
\text{CH}_4 + 2\text{O}_2 \rightarrow \text{CO}_2 + 2\text{H}_2\text{O}
\mathrm{N_2 + 3H_2 \rightleftharpoons 2NH_3}
\mathrm{CaCO_3 \xrightarrow{\Delta} CaO + CO_2\uparrow}
K_a = \frac{[\mathrm{H^+}][\mathrm{A^-}]}{[\mathrm{HA}]}
\mathrm{pH} = -\log_{10}[\mathrm{H}^+]
{}^{14}_{6}\mathrm{C} \to {}^{14}_{7}\mathrm{N} + e^- + \bar{\nu}_e
\mathrm{SO_4^{2-}}
\ce{H2SO4}
\Delta G = \Delta H - T \Delta S
k = A e^{-E_a/(RT)}
"""

CHINESE = r"""
\text{速度} = \frac{\text{路程}}{\text{时间}}
\text{若 } x > 0 \text{，则 } f(x) > 0
速度 = \frac{路程}{时间}
S_{\text{圆}} = \pi r^2
f(x)=\begin{cases} 1, & \text{当 } x \text{ 为有理数} \\ 0, & \text{否则} \end{cases}
\underbrace{a+a+\cdots+a}_{n\text{个}} = na
\text{准确率} = \frac{TP + TN}{TP + TN + FP + FN} \times 100\%
x \xrightarrow{\text{加热}} y
\because a \parallel b,\ \therefore \angle 1 = \angle 2
\triangle ABC \cong \triangle DEF
\textbf{定理 1}
"""

LOGIC = r"""
\forall \epsilon > 0\; \exists \delta > 0 : |x - a| < \delta \implies |f(x) - f(a)| < \epsilon
p \land q \lor \neg r
A \Rightarrow B \iff C
\mathcal{O}(n \log n)
T(n) = 2T\left(\frac{n}{2}\right) + \Theta(n)
\mathbb{N} \subset \mathbb{Z} \subset \mathbb{Q} \subset \mathbb{R} \subset \mathbb{C}
\aleph_0 < 2^{\aleph_0}
\emptyset, \varnothing, \infty
\mathfrak{g} \subset \mathscr{F}
\left\lfloor \frac{n}{2} \right\rfloor
\Bigg( \bigg( \Big( \big( x \big) \Big) \bigg) \Bigg)
a \overset{\text{def}}{=} b \underset{n}{+} c
x \gets x + 1
\textcolor{red}{x} + \color{blue}{y}
\texttt{code} + \textit{italic}
a := b, \quad a \coloneqq b
\Lambda \vdash \varphi \models \psi
\sqrt{\frac{\left(\frac{a}{b}\right)^2}{\left[c + \left\{d\right\}\right]}}
\sum\limits_{i=1}^{n} i
\ell, \Re, \Im, \wp, \dagger, \star
x \hspace{1em} y \quad z \; w \, v \! u
\phantom{x} y \smash{z}
\left\langle x, y \right\rangle
\not= \not\in \nexists
\overrightarrow{AB} + \overleftarrow{CD}
\widetilde{abc} + \tilde{a} + \check{b} + \breve{c} + \acute{d}
\begin{array}{|c|c|} \hline p & q \\ \hline T & F \\ \hline \end{array}
\lim\nolimits_{x} \max_{i} \min_{j}
\xleftarrow{a} \xleftrightarrow{b} \hookrightarrow \twoheadrightarrow
"""

FORMULAS = [
    line
    for group in (CALCULUS, ALGEBRA, LINEAR, PROBABILITY, PHYSICS, CHEMISTRY, CHINESE, LOGIC)
    for line in group.strip().split("\n")
]
